#!/bin/sh
# Capital letters, in shell: [steps.transform-upper] foreach = "work/validated/data/**/*.txt"
status=0
for file in "$@"; do
    path=${file#work/validated/data/}
    out=work/transformed/$path
    mkdir -p "$(dirname "$out")"
    if [ -s "$file" ] && tr '[:lower:]' '[:upper:]' < "$file" > "$out.new" && mv "$out.new" "$out"
    then
        printf '| %s | 0 |\n' "$path"
    else
        printf '%s: cannot be read, or is empty\n' "$path"
        printf '| %s | 1 |\n' "$path"
        status=1
    fi
done
exit $status
