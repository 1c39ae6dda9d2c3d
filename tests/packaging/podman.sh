# Podman for tests, on a machine without a registry to pull from: its own
# storage under the user's cache, and a base image made from Debian packages
# once. Sourced. Nothing of the machine's own containers is touched.

CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/mend-tests
BASE=docker.io/library/debian:bookworm-slim
WORK=

podman_config() {
	cat >"$WORK/containers.conf" <<-END
		[containers]
		default_ulimits = ["nofile=20000:20000", "nproc=32768:32768"]
		[engine]
		runtime = "runc"
		cgroup_manager = "cgroupfs"
		events_logger = "file"
		tmp_dir = "$WORK/tmp"
		[network]
		network_backend = "netavark"
	END
	cat >"$WORK/storage.conf" <<-END
		[storage]
		driver = "overlay"
		graphroot = "$CACHE/storage"
		runroot = "$WORK/run"
	END
	export CONTAINERS_CONF=$WORK/containers.conf
	export CONTAINERS_STORAGE_CONF=$WORK/storage.conf
}

apt_sources() {
	cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null
	cat /etc/apt/sources.list.d/*.sources 2>/dev/null
}

# The base that a registry would give: never published, only for tests.
podman_base() {
	podman image exists "$BASE" && return
	echo "# making $BASE, once"
	apt_sources | timeout 300 mmdebstrap --quiet --variant=minbase bookworm \
		"$CACHE/base.tar.new" &&
		mv "$CACHE/base.tar.new" "$CACHE/base.tar" &&
		timeout 120 podman import "$CACHE/base.tar" "$BASE" >/dev/null &&
		rm -f "$CACHE/base.tar"
}

# Sets all up or skips the test with the reason.
podman_prepare() {
	local tool
	for tool in podman runc mmdebstrap; do
		command -v $tool >/dev/null || skip_all "no $tool"
	done
	[ "$(id -u)" = 0 ] || skip_all "podman is tried as root only"
	mkdir -p "$CACHE" || skip_all "cannot write to $CACHE"
	# One at a time: they share the storage.
	exec 8>"$CACHE/lock"
	flock -w 900 8 || skip_all "another run holds $CACHE"
	WORK=$(mktemp -d)
	podman_config
	timeout 60 podman info >"$WORK/info" 2>&1 ||
		skip_all "podman cannot work here: $(tail -n 1 "$WORK/info")"
	podman_base >"$WORK/base" 2>&1 ||
		skip_all "no base image: $(tail -n 1 "$WORK/base")"
	timeout 60 podman run --rm "$BASE" true >"$WORK/run.log" 2>&1 ||
		skip_all "podman cannot run here: $(tail -n 1 "$WORK/run.log")"
}

# The image of the Dockerfile; layers that did not change are taken as they are.
# The first stage has a name, or its layers would go with the next pruning.
podman_image() {
	timeout 900 podman build -q --target build -t localhost/mend-build . &&
		timeout 900 podman build -q -t localhost/mend .
}

podman_cleanup() {
	[ -n "$WORK" ] || return 0
	timeout 60 podman image prune -f >/dev/null 2>&1
	# Mounts that are left would keep the folder.
	umount -R "$WORK/run" 2>/dev/null
	rm -rf "$WORK" 2>/dev/null
	return 0
}
