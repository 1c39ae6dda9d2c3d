#!/usr/bin/env bash
# The image builds, and the composed stack takes an order to its end.
set -uo pipefail
cd "$(dirname "$0")/../.."
. tests/packaging/tap.sh
. tests/packaging/podman.sh

PROJECT=mendtest$$
SERVICE=

# shellcheck disable=SC2329 # called by the trap
stop_all() {
	if [ -n "$SERVICE" ]; then
		timeout 120 docker-compose -p $PROJECT down -v -t 3 >/dev/null 2>&1
		kill "$SERVICE"
		wait "$SERVICE" 2>/dev/null
	fi
	podman_cleanup
}
trap stop_all EXIT

command -v docker-compose >/dev/null || skip_all "no docker-compose"
podman_prepare

PORT=$(node --input-type=module -e "import { freePort } from '$PWD/tests/system/dev.mjs'
	console.log(await freePort())")
export PORT DOCKER_HOST=unix://$WORK/podman.sock
URL=http://127.0.0.1:$PORT

get() {
	curl -sS --max-time 5 "$URL$1"
}

start_order() { # order
	curl -sS --max-time 5 "$URL/workflows/start" \
		-H 'Content-Type: application/json' -d "{\"orderId\":\"$1\"}"
}

closed() { # order
	get "/workflows/resolve-$1/casefile" | grep -q '"state":"COMPLETED"'
}

ready() {
	get /readyz | grep -q '"status":"ready"'
}

container() { # service
	echo "${PROJECT}_$1_1"
}

healthy() { # service
	podman healthcheck run "$(container "$1")"
}

user_of() { # service
	podman exec "$(container "$1")" id -u
}

read_only() { # service
	fails podman exec "$(container "$1")" touch /etc/x
}

loopback_only() {
	podman port "$(container web)" | tee /dev/stderr |
		grep -qE "127\.0\.0\.1:$PORT$" &&
		! podman port "$(container web)" | grep -qv '127\.0\.0\.1:'
}

podman system service --time=0 "unix://$WORK/podman.sock" \
	>"$WORK/service.log" 2>&1 8>&- &
SERVICE=$!
ok "podman serves its API" within 10 test -S "$WORK/podman.sock"
ok "docker-compose.yml is valid" docker-compose -p $PROJECT config -q
ok "the image builds" podman_image
[ $failed = 0 ] || finish || exit
ok "the stack comes up" timeout 600 docker-compose -p $PROJECT up -d \
	--no-build
ok "it is ready" within 30 ready
ok "the schema was made once" prints '^0$' podman inspect \
	--format '{{.State.ExitCode}}' "$(container migrate)"
ok "it listens on loopback only" loopback_only
ok "the dashboard is there" prints '<!doctype html>' get /ui
ok "the dashboard's modules are there" prints . get /static/vendor/preact.js
ok "it takes an order" prints '"created":true' start_order ORDER-42
ok "the order comes to its end" within 30 closed ORDER-42
for service in engine runs tasks reports sandbox web; do
	ok "$service is healthy" within 20 healthy $service
	ok "$service is not root" prints '^[1-9][0-9]*$' user_of $service
	ok "$service cannot write to its image" read_only $service
done
ok "the engine can be restarted" timeout 60 docker-compose -p $PROJECT \
	restart -t 5 engine
ok "all can be stopped and started" bash -c "timeout 120 docker-compose -p \
	$PROJECT stop -t 5 && timeout 120 docker-compose -p $PROJECT start"
ok "it is ready again" within 30 ready
ok "the first order is still there" closed ORDER-42
ok "another order comes to its end" bash -c "$(declare -f start_order); \
	URL=$URL start_order ORDER-43"
ok "the second order is closed" within 30 closed ORDER-43
finish
