# shellcheck shell=sh
# lib.sh - what tests share that are shell scripts and print TAP.
#
#	. "$(dirname "$0")/../lib.sh"
#	is 'the sum is right' "$(sum)" 4
#	end_tests
#
# A test has a scratch folder $dir with a home in it, $OMS_HOME, which need
# not be there yet.  When the test ends, however it ends, the folder goes, and
# with it the servers that tools/sshd started in it and the processes $pids.
# The program is $OMS, or else in the folder $BUILD.
# shellcheck disable=SC2034,SC2317  # scripts use what is set, a trap calls
top=$(cd "$(dirname "$0")/../.." && pwd)
program=${OMS:-${BUILD:-$top/build}/oms}
dir=$(mktemp -d "${TMPDIR:-/tmp}/oms-test-XXXXXX")
count=0 failed=0 pids=

clean_up() {
	for log in "$dir"/*/sshd.log; do
		[ ! -e "$log" ] || "$top/tools/sshd" stop "${log%/*}"
	done
	for pid in $pids; do
		kill "$pid" 2> /dev/null
	done
	rm -rf "$dir"
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM PIPE

export TZ=UTC LC_ALL=C OMS_HOME="$dir/home"

# ---- saying what came of it

verdict() { # verdict WHAT WHY-NOT: one TAP line; "" is well
	count=$((count + 1))
	if [ -z "$2" ]; then
		echo "ok $count - $1"
		return
	fi
	failed=$((failed + 1))
	echo "not ok $count - $1"
	printf '%s\n' "$2" | head -40 | sed 's/^/# /' >&2
}

is() { # is WHAT GOT WANTED
	verdict "$1" "$([ "$2" = "$3" ] ||
	    printf 'got:\n%s\nwanted:\n%s\n' "$2" "$3")"
}

has() { # has WHAT TEXT PART: is PART somewhere in TEXT?
	case $2 in
	*"$3"*) verdict "$1" '' ;;
	*) is "$1" "$2" "... $3 ..." ;;
	esac
}

end_tests() {
	echo "1..$count"
	exit $((failed > 0))
}

# ---- doing

oms() {
	"$program" "$@"
}

did() { # did COMMAND...: $said, $status
	said=$("$@" 2>&1)
	status=$?
}

night() { # night N: the nightly job of the N-th night; $said, $status
	did oms --now "2026-04-$(printf %02d "$1")T02:00:00Z" --quiet run nightly
}

ask() { # ask SQL
	sqlite3 -readonly "$OMS_HOME/oms.db" "$1"
}

await() { # await COMMAND...: until it is true, at most 20 seconds
	tries=0
	until "$@" 2> /dev/null; do
		tries=$((tries + 1))
		[ "$tries" -lt 2000 ] || return 1
		sleep 0.01
	done
}
