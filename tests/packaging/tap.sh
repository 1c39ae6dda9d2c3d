# Counts checks and prints them as TAP. Sourced by the tests of this folder.
passed=0
failed=0

ok() { # what, command…
	local what=$1 output
	shift
	if output=$("$@" 2>&1); then
		passed=$((passed + 1))
		echo "ok $((passed + failed)) - $what"
	else
		failed=$((failed + 1))
		echo "not ok $((passed + failed)) - $what"
		tail -n 30 <<<"$output" | sed 's/^/# /'
	fi
}

# Whether a command succeeds within so many seconds.
within() { # seconds, command…
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.2
	done
}

fails() {
	! "$@"
}

# Whether a command prints a line that matches; what it printed, if not.
prints() { # pattern, command…
	local pattern=$1 output
	shift
	output=$("$@" 2>&1)
	grep -qE -- "$pattern" <<<"$output" || {
		echo "$output"
		return 1
	}
}

finish() {
	echo "1..$((passed + failed))"
	echo "# $passed passed, $failed failed"
	[ $failed = 0 ]
}

skip_all() { # why
	echo "1..0 # SKIP $1"
	exit 77
}
