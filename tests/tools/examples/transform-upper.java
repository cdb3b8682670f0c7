// Capital letters, in Java 11 or newer, which runs a source file as it is:
// [interpreters] java = "java"
// [steps.transform-upper] foreach = "work/validated/data/**/*.txt"
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Locale;

class Upper {
    static final Path FROM = Path.of("work/validated/data");
    static final Path TO = Path.of("work/transformed");

    public static void main(String[] files) {
        int failed = 0;
        for (String file : files) {
            failed += transform(Path.of(file)) ? 0 : 1;
        }
        System.exit(failed > 0 ? 1 : 0);
    }

    static boolean transform(Path file) {
        Path name = FROM.relativize(file);
        Path out = TO.resolve(name);
        Path made = out.resolveSibling(out.getFileName() + ".new");
        try {
            String text = Files.readString(file);
            if (text.isEmpty()) {
                throw new IOException("is empty");
            }
            Files.createDirectories(out.getParent());
            Files.writeString(made, text.toUpperCase(Locale.ROOT));
            Files.move(made, out, StandardCopyOption.REPLACE_EXISTING);
            System.out.printf("| %s | 0 |%n", name);
            return true;
        } catch (IOException error) {
            System.out.printf("%s: %s%n| %s | 1 |%n", name, error.getMessage(), name);
            return false;
        }
    }
}
