#!/usr/bin/env bash
# What make install puts where; the units and nginx's configuration are valid,
# and the sandboxing of the units does not slip.
set -uo pipefail
cd "$(dirname "$0")/../.."
. tests/packaging/tap.sh
PATH=$PATH:/usr/sbin

T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT

install_to() { # folder, make arguments
	local to=$1
	shift
	make --no-print-directory install DESTDIR="$to" "$@"
}

# Units as installed, but their programs are taken from the tree.
units_of_tree() {
	mkdir -p "$T/units"
	local unit
	for unit in "$T"/usr/usr/lib/systemd/system/*; do
		sed -e "s|/usr/bin/mendctl|$T/usr/usr/bin/mendctl|" \
			-e "s|/usr/libexec/mend|$T/usr/usr/libexec/mend|" \
			"$unit" >"$T/units/$(basename "$unit")"
	done
}

verify() { # unit
	local output
	output=$(cd "$T/units" && SYSTEMD_UNIT_PATH="$T/units:" \
		systemd-analyze verify --man=no "$1" 2>&1) || {
		echo "$output"
		return 1
	}
	# Other units of this machine may have faults of their own.
	! grep -E 'mend' <<<"$output"
}

security() { # unit, threshold
	systemd-analyze security --offline=true --no-pager --threshold="$2" \
		"$T/usr/usr/lib/systemd/system/$1"
}

# As installed, but with places that anybody may write to.
nginx_test() {
	mkdir -p "$T/web"
	sed -e "s|/run/mend-web|$T/web|; s|/var/cache/mend-web|$T/web|" \
		"$T/usr/etc/mend/nginx.conf" >"$T/nginx.conf"
	nginx -e stderr -t -q -c "$T/nginx.conf"
}

no_placeholder() {
	! grep -rn '@[A-Z_]*@' "$T/usr/etc/mend/nginx.conf" | grep -v '#'
}

same_settings() { # a unit, another: the lines of sandboxing that both have
	diff <(grep -E '^(Protect|NoNew|Lock|Memory[DW]|SystemCall|Capability)' \
		"conf/systemd/$1") \
		<(grep -E '^(Protect|NoNew|Lock|Memory[DW]|SystemCall|Capability)' \
			"conf/systemd/$2")
}

ok "installs to /usr" install_to "$T/usr" PREFIX=/usr
ok "installs to /usr/local" install_to "$T/local"
for file in usr/bin/mendctl usr/libexec/mend/mend{d,-runs,-tasks,-reports,-sandbox} \
	usr/share/mend/static/index.html usr/share/mend/static/vendor/preact.js \
	usr/lib/systemd/system/mend{d.service,@.service,@.socket,.target} \
	usr/lib/{sysusers,tmpfiles}.d/mend.conf \
	etc/mend/{mend.conf,nginx.conf,openapi.json,policy/policy.json}; do
	ok "there is /$file" test -s "$T/usr/$file"
done
ok "units follow PREFIX" grep -q '^ExecStart=/usr/local/libexec/mend/mendd$' \
	"$T/local/usr/local/lib/systemd/system/mendd.service"
ok "changed settings survive" bash -c "echo 'workers = 3' \
	>'$T/usr/etc/mend/mend.conf' && make --no-print-directory install \
	DESTDIR='$T/usr' PREFIX=/usr >&2 && grep -q '= 3' \
	'$T/usr/etc/mend/mend.conf'"
ok "the configuration as installed has no fault" env MEND_DATA="$T" \
	"$T/usr/usr/bin/mendctl" check "$T/usr/etc/mend"

if command -v systemd-analyze >/dev/null; then
	units_of_tree
	for instance in runs tasks reports sandbox; do
		cp "$T/units/mend@.service" "$T/units/mend@$instance.service"
		cp "$T/units/mend@.socket" "$T/units/mend@$instance.socket"
	done
	for unit in mendd.service mend-web.service mend.target \
		mend@{runs,tasks,reports,sandbox}.{service,socket}; do
		ok "$unit is valid" verify "$unit"
	done
	# Tenths. Ours: engine 1.5, programs 0.6, web 1.3.
	ok "mendd.service is sandboxed" security mendd.service 16
	ok "mend@.service is sandboxed" security mend@.service 7
	ok "mend-web.service is sandboxed" security mend-web.service 14
fi
ok "engine and programs are sandboxed alike" \
	same_settings mendd.service mend@.service

ok "nginx.conf has no placeholder left" no_placeholder
ok "nginx.conf is valid" nginx_test
ok "the web server listens on loopback" \
	grep -qE '^\s*listen 127\.0\.0\.1:8090;' "$T/usr/etc/mend/nginx.conf"
finish
