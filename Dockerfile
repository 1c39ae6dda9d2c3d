# One image for all of Mend; docker-compose.yml says what each container runs.

FROM debian:bookworm-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends \
	gcc make libc6-dev libsqlite3-dev libfcgi-dev libcurl4-openssl-dev \
	libcjson-dev nettle-dev && rm -rf /var/lib/apt/lists/*
WORKDIR /src
# First what takes long and changes rarely.
COPY Makefile ./
COPY engine engine
COPY cgi cgi
RUN make
COPY . .
# The few bundled modules of the dashboard: as built already, else from npm.
RUN if [ ! -d static/vendor ]; then \
		apt-get update && apt-get install -y --no-install-recommends \
			nodejs npm ca-certificates && \
		npm ci --ignore-scripts --no-audit --no-fund && \
		npm run vendor; \
	fi && touch static/vendor
# All addresses of the container: compose publishes them on the host's loopback.
RUN make install DESTDIR=/out PREFIX=/usr LISTEN=0.0.0.0:8090 \
	WEB_RUN=/tmp WEB_CACHE=/tmp

FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends \
	nginx-light libsqlite3-0 libfcgi0ldbl libcurl4 libcjson1 libnettle8 \
	ca-certificates && rm -rf /var/lib/apt/lists/*
RUN useradd --system --no-create-home --home-dir /var/lib/mend \
		--shell /usr/sbin/nologin mend && \
	install -d -o mend -g mend -m 2770 /var/lib/mend /var/lib/mend/run && \
	install -d -o mend -g mend -m 0770 /run/mend
COPY --from=build /out/etc/mend /etc/mend
COPY --from=build /out/usr/bin /usr/bin
COPY --from=build /out/usr/libexec/mend /usr/libexec/mend
COPY --from=build /out/usr/share/mend /usr/share/mend
ENV MEND_CONF=/etc/mend PATH=/usr/libexec/mend:/usr/sbin:/usr/bin:/sbin:/bin
USER mend
WORKDIR /var/lib/mend
VOLUME ["/var/lib/mend", "/run/mend"]
CMD ["mendctl", "--help"]
