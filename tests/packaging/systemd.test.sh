#!/usr/bin/env bash
# The units for real: a container that boots systemd, with Mend as installed.
set -uo pipefail
cd "$(dirname "$0")/../.."
. tests/packaging/tap.sh
. tests/packaging/podman.sh

NAME=mend-systemd-$$

# shellcheck disable=SC2329 # called by the trap
stop_all() {
	[ -z "$WORK" ] || timeout 60 podman rm -f -t 3 $NAME >/dev/null 2>&1
	podman_cleanup
}
trap stop_all EXIT
podman_prepare

build_image() {
	podman_image || return
	make --no-print-directory install DESTDIR="$WORK/image/out" \
		PREFIX=/usr || return
	cat >"$WORK/image/Dockerfile" <<-'END'
		FROM debian:bookworm-slim
		RUN apt-get update && apt-get install -y \
			--no-install-recommends systemd systemd-sysv dbus \
			nginx-light libsqlite3-0 libfcgi0ldbl libcurl4 \
			libcjson1 libnettle8 && systemctl disable nginx
		COPY --from=localhost/mend /usr/bin/mendctl /usr/bin/
		COPY --from=localhost/mend /usr/libexec/mend /usr/libexec/mend
		COPY --from=localhost/mend /usr/share/mend /usr/share/mend
		COPY out/usr/lib /usr/lib
		COPY out/etc /etc
		# So that the test need not wait half a minute for the watchdog.
		RUN mkdir /etc/systemd/system/mendd.service.d && \
			printf '[Service]\nWatchdogSec=2s\n' \
			>/etc/systemd/system/mendd.service.d/test.conf
		RUN systemctl enable mend.target mendd.service \
			mend-web.service mend@sandbox.socket
		CMD ["/sbin/init"]
	END
	timeout 900 podman build -q -t localhost/mend-systemd "$WORK/image"
}

boot() {
	timeout 60 podman run -d --name $NAME --systemd=always \
		--cap-add=SYS_ADMIN localhost/mend-systemd
}

inside() {
	timeout 30 podman exec $NAME "$@"
}

booted() {
	inside systemctl is-system-running | grep -qE 'running|degraded'
}

pid_of() { # unit
	inside systemctl show -p MainPID --value "$1"
}

status_has() { # unit, line of /proc/PID/status
	inside grep -E "$2" "/proc/$(pid_of "$1")/status"
}

# In the service's own mount namespace nothing but its state can be written.
is_read_only() { # unit, path
	inside grep -E " $2 ro[, ]" "/proc/$(pid_of "$1")/mountinfo"
}

closed() { # order
	inside mendctl show "$1" --json | grep -q '"state": "COMPLETED"'
}

comes_back() { # unit, signal
	local before
	before=$(pid_of "$1")
	[ "$before" != 0 ] &&
		inside systemctl kill -s "$2" --kill-whom=main "$1" &&
		within 15 differs "$1" "$before"
}

differs() { # unit, pid
	local now
	now=$(pid_of "$1")
	[ "$now" != 0 ] && [ "$now" != "$2" ] &&
		inside systemctl is-active -q "$1"
}

ready() {
	inside mendctl ready --port 8090
}

ok "the image builds" build_image
[ $failed = 0 ] || finish || exit
ok "systemd boots" boot
within 20 booted >/dev/null 2>&1
if fails inside systemctl is-active -q mend.target; then
	inside journalctl --no-pager -n 30 | sed 's/^/# /'
fi
ok "mend.target is active" inside systemctl is-active mend.target
ok "the engine says that it is ready" within 20 inside systemctl is-active \
	mendd.service
ok "all is ready" within 20 ready
ok "no unit failed" prints '^0 loaded' inside systemctl --failed --no-pager
ok "programs start when they are asked" inside systemctl is-active \
	mend@reports.service
ok "the user and the folder are there" prints '^2770 mend mend$' inside \
	stat -c '%a %U %G' /var/lib/mend
ok "only the web server's group may connect" prints '^660 mend www-data$' \
	inside stat -c '%a %U %G' /run/mend/runs.sock
ok "an order is taken" prints '^started' inside mendctl start ORDER-42
ok "and comes to its end" within 20 closed ORDER-42
for unit in mendd.service mend@reports.service; do
	ok "$unit is not root" prints '[1-9]' status_has $unit '^Uid:\s[1-9]'
	ok "$unit has no capability" status_has $unit '^CapEff:\s0+$'
	ok "$unit filters system calls" status_has $unit '^Seccomp:\s2$'
	ok "$unit cannot gain privileges" status_has $unit '^NoNewPrivs:\s1$'
	ok "$unit sees a read-only system" is_read_only $unit /
done
ok "a killed engine comes back" comes_back mendd.service KILL
ok "a killed program comes back" comes_back mend@reports.service KILL
ok "an engine that hangs is found by the watchdog" comes_back mendd.service \
	STOP
ok "all is ready again" within 20 ready
ok "reload takes a sound configuration" inside systemctl reload mendd
inside sh -c 'echo "{" >/etc/mend/policy/policy.json'
ok "reload refuses a faulty one" fails inside systemctl reload mendd
ok "and the journal tells where" prints 'policy/policy\.json' inside \
	journalctl -u mendd --no-pager
ok "the engine goes on" inside systemctl is-active mendd.service
ok "it starts with what was in force" inside systemctl restart mendd
ok "another order comes to its end" inside mendctl start ORDER-43
ok "(waiting for it)" within 20 closed ORDER-43
ok "the audit holds" inside mendctl audit verify
ok "it stops in order" inside systemctl stop mend.target
ok "and leaves no process" fails prints '^(mend|nginx)' \
	inside sh -c 'cat /proc/[0-9]*/comm'
finish
