"""What the names of files say: which language, and whether that is source, configuration or data.

Languages that ast-grep parses carry its own names, so that a name here is a name there.
"""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """What a file is to a pipeline."""

    SOURCE = "source"
    CONFIG = "config"
    DATA = "data"

    @property
    def tree(self) -> str:
        """The folder below work/extracted/ and work/validated/ that holds files of this kind."""
        return "sources" if self is Kind.SOURCE else str(self)


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _by_suffix(table: dict[str, str]) -> dict[str, str]:
    return {suffix: name for name, suffixes in table.items() for suffix in suffixes.split()}


SOURCE = _by_suffix(
    {
        "bash": ".sh .bash .ksh",
        "c": ".c .h",
        "cpp": ".cc .cpp .cxx .c++ .hh .hpp .hxx .h++ .ipp .tpp .inl .cu .cuh",
        "csharp": ".cs .csx",
        "css": ".css",
        "dart": ".dart",
        "elixir": ".ex .exs",
        "go": ".go",
        "haskell": ".hs",
        "hcl": ".tf .hcl .tfvars",
        "html": ".html .htm .xhtml",
        "java": ".java",
        "javascript": ".js .mjs .cjs .jsx",
        "kotlin": ".kt .kts",
        "lua": ".lua",
        "nix": ".nix",
        "php": ".php .php3 .php4 .php5 .phtml",
        "python": ".py .pyw .pyi .tac .rpy .wsgi",
        "ruby": ".rb .rake .gemspec",
        "rust": ".rs",
        "scala": ".scala .sc",
        "solidity": ".sol",
        "swift": ".swift",
        "tsx": ".tsx",
        "typescript": ".ts .mts .cts",
        "zig": ".zig",
        # no grammar here: taken along, and handed to the user's own tools
        "abap": ".abap",
        "ada": ".adb .ads .ada",
        "apex": ".apex .trigger",
        "asp": ".asp .aspx .ascx .asax .cshtml .vbhtml",
        "assembler": ".asm .s .mac",
        "awk": ".awk",
        "batch": ".bat .cmd",
        "clojure": ".clj .cljs .cljc",
        "cobol": ".cob .cbl .cobol .cpy .ccp",
        "coffeescript": ".coffee",
        "cython": ".pyx .pxd .pxi",
        "delphi": ".pas .dpr .dpk",
        "erlang": ".erl .hrl",
        "fortran": ".f .for .ftn .f77 .f90 .f95 .f03 .f08",
        "fsharp": ".fs .fsx .fsi",
        "graphql": ".graphql .gql",
        "groovy": ".groovy",
        "jcl": ".jcl .jclproc",
        "jsp": ".jsp .jspx .jspf .tag .tagx",
        "julia": ".jl",
        "less": ".less",
        "lisp": ".lisp .lsp .cl .el .scm",
        "natural": ".nsp .nsn .nsl .nsd .nsc .nsg",
        "objective-c": ".m .mm",
        "ocaml": ".ml .mli",
        "perl": ".pl .pm .t",
        "pl1": ".pli .pl1",
        "powershell": ".ps1 .psm1 .psd1",
        "progress": ".p .w .i",
        "prolog": ".pro",
        "protobuf": ".proto",
        "r": ".r",
        "rexx": ".rexx .rex",
        "rpg": ".rpg .rpgle .sqlrpgle .rpgleinc",
        "sass": ".scss .sass",
        "sql": ".sql .ddl .dml .pls .plsql .pks .pkb .prc .fnc .trg .tsql",
        "svelte": ".svelte",
        "tcl": ".tcl",
        "thrift": ".thrift",
        "vb": ".vb .bas .frm .vbs .cls",
        "vue": ".vue",
        "xquery": ".xq .xquery .xqy",
        "xslt": ".xsl .xslt",
    }
)

CONFIG = _by_suffix(
    {
        "gradle": ".gradle .sbt",
        "ini": ".ini .cfg .conf .cnf .inf .reg .desktop .service .editorconfig .gitconfig",
        "json": ".json .jsonc .json5 .webmanifest .avsc",
        "make": ".mk .mak .cmake .am",
        "msbuild": ".sln",
        "env": ".env",
        "properties": ".properties",
        "toml": ".toml",
        "xml": ".xml .xsd .dtd .wsdl .wadl .pom .plist .config .csproj .vbproj .fsproj .vcxproj"
        " .props .targets .resx .xaml .jrxml .hbm .bpmn .tld .xmi .jnlp .zcml",
        "yaml": ".yaml .yml",
    }
)

DATA = _by_suffix(
    {
        "csv": ".csv",
        "jsonl": ".jsonl .ndjson",
        "markdown": ".md .markdown",
        "rst": ".rst",
        "text": ".txt .text .log .lst",
        "tsv": ".tsv .tab",
    }
)

# Whole names, lower case. Build files are configuration: they steer, and are not transformed.
NAMES = {
    ".babelrc": (Kind.CONFIG, "json"),
    ".bashrc": (Kind.SOURCE, "bash"),
    ".dockerignore": (Kind.CONFIG, ""),
    ".editorconfig": (Kind.CONFIG, "ini"),
    ".env": (Kind.CONFIG, "env"),
    ".eslintrc": (Kind.CONFIG, "json"),
    ".gitattributes": (Kind.CONFIG, ""),
    ".gitignore": (Kind.CONFIG, ""),
    ".gitmodules": (Kind.CONFIG, "ini"),
    ".htaccess": (Kind.CONFIG, ""),
    ".npmrc": (Kind.CONFIG, "ini"),
    ".profile": (Kind.SOURCE, "bash"),
    "cmakelists.txt": (Kind.CONFIG, "make"),
    "containerfile": (Kind.CONFIG, "dockerfile"),
    "dockerfile": (Kind.CONFIG, "dockerfile"),
    "gemfile": (Kind.SOURCE, "ruby"),
    "gnumakefile": (Kind.CONFIG, "make"),
    "go.mod": (Kind.CONFIG, ""),
    "go.sum": (Kind.CONFIG, ""),
    "jenkinsfile": (Kind.CONFIG, "groovy"),
    "makefile": (Kind.CONFIG, "make"),
    "manifest.in": (Kind.CONFIG, ""),
    "manifest.mf": (Kind.CONFIG, ""),
    "pipfile": (Kind.CONFIG, "toml"),
    "poetry.lock": (Kind.CONFIG, "toml"),
    "cargo.lock": (Kind.CONFIG, "toml"),
    "uv.lock": (Kind.CONFIG, "toml"),
    "yarn.lock": (Kind.CONFIG, ""),
    "procfile": (Kind.CONFIG, ""),
    "rakefile": (Kind.SOURCE, "ruby"),
    "requirements.txt": (Kind.CONFIG, ""),
    "vagrantfile": (Kind.SOURCE, "ruby"),
    "build.gradle.kts": (Kind.CONFIG, "gradle"),
    "settings.gradle.kts": (Kind.CONFIG, "gradle"),
}

# Programs that a first line names, without their version.
INTERPRETERS = {
    "ash": "bash", "bash": "bash", "dash": "bash", "ksh": "bash", "sh": "bash", "zsh": "zsh",
    "awk": "awk", "gawk": "awk", "groovy": "groovy", "lua": "lua", "node": "javascript",
    "nodejs": "javascript", "perl": "perl", "php": "php", "pypy": "python", "python": "python",
    "pythonw": "python", "rscript": "r", "ruby": "ruby", "tclsh": "tcl", "wish": "tcl",
}  # fmt: skip

# These endings belong to other things as well (video, MATLAB data, objects): a binary one is data.
SHARED_SUFFIXES = words(
    ".ts .m .t .s .r .p .w .i .pl .cl .cls .frm .sc .mac .pro .tag .tab .conf .config .inf .ml .f"
)

# What ast-grep-py has a grammar for and a pipeline treats as source.
GRAMMARS = words(
    "bash c cpp csharp css dart elixir go haskell hcl html java javascript kotlin lua nix php"
    " python ruby rust scala solidity swift tsx typescript zig"
)
