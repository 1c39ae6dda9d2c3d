#!/usr/bin/env bash
# What no compiler checks: the order of layers, the one file for each library,
# SQL in its place, functions that cannot be used safely, form, and traces of
# the machine that something was written on.
#
# One test case a rule (TAP); each finding is printed as file:line: text.
# Always holds: rules about code do not see comments and strings, the rule
# about SQL sees strings only, and line numbers are those of the source.
set -uo pipefail
cd "${LINT_ROOT:-$(dirname "$0")/..}" || exit

readonly SQL='SELECT|INSERT INTO|DELETE FROM|UPDATE [a-z_]+ SET|CREATE TABLE'
readonly UNSAFE='v?sprintf|strn?cpy|strn?cat|strtok|atoi|atol|gets'

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir "$scratch/code" "$scratch/text"

files() { # patterns of git; without git (a release) those of find
	git ls-files -co --exclude-standard -- "$@" 2>/dev/null && return
	find . -type f -not -path './build/*' -not -path './node_modules/*' \
		-printf '%P\n' | grep -E "${1:+\\.[ch]\$}"
}

mapfile -t sources < <(files '*.c' '*.h' | sort -u |
	while read -r f; do [ -e "$f" ] && echo "$f"; done)

# Two copies of every source, one with the code and one with the strings.
perl -e '
	my $scratch = shift;
	for my $path (@ARGV) {
		open my $in, "<", $path or next;
		local $/; my $code = <$in>; my $text = "";
		my $blank = sub { my $s = shift; $s =~ s/[^\n]//g; $s };
		# The path in an #include is kept: the rule on layers needs it.
		$code =~ s{(\#[ \t]*include[^\n]*)
			|("(?:\\.|[^"\\\n])*")|(\x27(?:\\.|[^\x27\\\n])*\x27)
			|(/\*.*?\*/|//[^\n]*)|([^"\x27/\#]+|.)}{
			my $all = $1 // $2 // $3 // $4 // $5;
			$text .= defined $2 ? $all : $blank->($all);
			defined $1 ? $1 : defined $5 ? $5 :
			defined $2 ? "\"\"" : defined $3 ? "0" : $blank->($4)
		}gesmx;
		for (["code", $code], ["text", $text]) {
			my $to = "$scratch/$_->[0]/$path";
			system("mkdir", "-p", $to =~ s{/[^/]*$}{}r)
				unless -d $to =~ s{/[^/]*$}{}r;
			open my $out, ">", $to or die; print $out $_->[1];
		}
	}' "$scratch" "${sources[@]}"

number=0
failures=0
rule() { # name; findings on stdin
	local findings
	findings=$(cat)
	number=$((number + 1))
	if [ -z "$findings" ]; then
		echo "ok $number - $1"
	else
		printf '%s\nnot ok %d - %s\n' "$findings" "$number" "$1"
		failures=1
	fi
}

# grep in a copy, over folders, leaving out one file.
search() { # copy, regex, exempt, folders…
	local copy=$1 regex=$2 exempt=$3
	shift 3
	(cd "$scratch/$copy" && grep -rnE "$regex" "$@" 2>/dev/null) |
		grep -vE "^($exempt):"
}

layers() {
	search code '^[ \t]*#[ \t]*include[ \t]*"' none engine cgi | awk '
	# The folder of a path that counts as its layer.
	function layer(path) {
		if (match(path, /^engine\/[a-z]+/) ||
		    match(path, /^cgi\/(lib|sandbox)/) || match(path, /^cgi/))
			return substr(path, RSTART, RLENGTH)
		return ""
	}
	function resolve(folder, path,    part, n, i, out, depth) {
		if (path ~ /^(engine|cgi)\//)
			return path
		n = split(folder "/" path, part, "/")
		depth = 0
		for (i = 1; i <= n; i++) {
			if (part[i] == "..") depth--
			else if (part[i] != ".") stack[++depth] = part[i]
		}
		out = stack[1]
		for (i = 2; i <= depth; i++) out = out "/" stack[i]
		return out
	}
	BEGIN {
		may["engine/base"] = " "
		may["engine/store"] = " engine/base "
		may["engine/flow"] = " engine/store engine/base "
		may["engine/adapters"] = " engine/flow" may["engine/flow"]
		may["engine/loop"] = " engine/adapters" may["engine/adapters"]
		may["engine/ctl"] = " engine/loop" may["engine/loop"]
		may["cgi/lib"] = " engine/flow" may["engine/flow"]
		may["cgi"] = " cgi/lib" may["cgi/lib"]
		may["cgi/sandbox"] = " cgi/lib engine/base "
	}
	{
		split($0, field, ":")
		folder = field[1]
		sub(/\/[^\/]*$/, "", folder)
		path = $0
		sub(/^[^"]*"/, "", path)
		sub(/".*/, "", path)
		from = layer(field[1])
		path = resolve(folder, path)
		to = layer(path)
		if (to == "" || to == from || index(may[from], " " to " "))
			next
		if (from == "cgi/sandbox" && path == "engine/store/db.h")
			next
		print field[1] ":" field[2] ": " from " must not include " path
	}'
}

formatting() {
	local formatted=()
	for file in "${sources[@]}"; do
		[[ $file =~ ^(engine|cgi|tests)/ ]] && formatted+=("$file")
	done
	clang-format --dry-run -Werror "${formatted[@]}" 2>&1 |
		grep -E ': (error|warning):' | sed 's/ \[-W.*//' | sort -u -t: -k1,1
}

# Written so that the patterns do not find themselves.
traces() {
	files | grep -vE '\.(png|svg|ico|woff2?)$' | while read -r f; do
		[ -f "$f" ] && printf '%s\0' "$f"
	done | xargs -0 grep -nIE \
		-e '(^|[^A-Za-z0-9._-])/([w]ork|[r]oot)/' \
		-e '"[r]esolved": *"http' -e '^[r]egistry *=' \
		-e 'https?://[^/ "]*([r]egistry|[a]rtifactory|[n]exus|[m]irror)' \
		/dev/null | cut -c1-200
}

# What the dashboard's own types say; nothing when npm has not been here.
types() {
	[ -d node_modules/typescript ] || return 0
	[ -e static/vendor/preact.js ] || npm run --silent vendor >&2
	npm run --silent types 2>&1
}

# A fault that no longer applies would prove nothing.
planted() {
	for patch in tests/planted/*.patch; do
		[ -e "$patch" ] || continue
		patch -p1 -sf --dry-run <"$patch" >/dev/null 2>&1 ||
			echo "$patch: does not apply any more"
		for program in $(sed -n 's/^Catches: *//p' "$patch" |
			grep . || echo 'no line "Catches:"'); do
			[ -e "$program" ] || [ -e "$program.c" ] ||
				echo "$patch: no test $program"
		done
	done
}

echo 1..10
rule 'includes follow the order of the layers' < <(layers)
rule 'sqlite3_ only in engine/store/db_sqlite.c' < <(
	search code '\bsqlite3_' 'engine/store/db_sqlite\.c' engine cgi)
rule 'curl_ only in engine/adapters/http.c' < <(
	search code '\bcurl_' 'engine/adapters/http\.c' engine cgi)
rule 'FCGX_ only in cgi/lib/fcgi.c' < <(
	search code '\bFCGX_' 'cgi/lib/fcgi\.c' engine cgi)
rule 'SQL only in engine/store and cgi/sandbox/sql.c' < <(
	search text "\\b($SQL)\\b" '(engine/store/[^:]*|cgi/sandbox/sql\.c)' \
		engine cgi)
rule 'no function that cannot be used safely' < <(
	search code "\\b($UNSAFE)[ \\t]*\\(" none engine cgi tests)
rule 'clang-format has nothing to change' < <(formatting)
rule 'no path or host of one machine' < <(traces)
rule 'the types of the dashboard fit' < <(types)
rule 'every planted fault applies' < <(planted)
exit $failures
