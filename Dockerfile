# The Spoolnet image. One container of it is one site; the same image runs the orchestrator:
#   docker run IMAGE                                    a site (its settings come in SPOOLNET_* variables)
#   docker run IMAGE spoolnet --help                    the spoolnet command
# Runs as an ordinary user and needs no privilege; with a read-only root file system too, where it writes to
# /var/lib/spoolnet and /tmp only. Builds with BuildKit and with the classic builder.

FROM node:26-bookworm-slim AS packages
WORKDIR /opt/spoolnet
COPY package.json package-lock.json ./
# No development dependency and no install script. Then what only a programmer reads is left out: type
# declarations, source maps, manuals, tests (ssh2's hold private keys), and zod's own source. Licenses stay.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
 && find node_modules -type f ! -iname 'licen*' \
      \( -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' -o -name '*.map' -o -iname '*.md' \) -delete \
 && rm -rf node_modules/zod/src node_modules/*/test node_modules/*/tests node_modules/@*/*/test node_modules/@*/*/tests \
 && find node_modules -type d -empty -delete

# The page of the console is built of the development dependencies; its sources stay behind.
FROM node:26-bookworm-slim AS page
WORKDIR /opt/spoolnet
COPY package.json package-lock.json tsconfig.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY scripts/build-page.ts scripts/
COPY orchestrator orchestrator/
RUN node scripts/build-page.ts \
 && find orchestrator/console/page -mindepth 1 -maxdepth 1 ! -name dist -exec rm -r {} +

FROM node:26-bookworm-slim
LABEL org.opencontainers.image.title="Spoolnet" \
      org.opencontainers.image.description="A site, or the orchestrator, of an emulated SMS 2003 hierarchy" \
      org.opencontainers.image.licenses="MIT"
# In a container, loopback is where nobody is.
# A site moves large files through small buffers. Left to itself, V8 lets 150 MB of used ones pile up before it looks;
# with these limits a site that carries 1 GiB peaks at about 160 MB. Its live data are a small part of this heap.
# Node waits for 4 flushes of the disk at a time where nothing is said; a disk does 16 of them in a third of the time.
# V8 collects with four threads however few cores there are, and keeps a sender waiting for a core: 0.3 % of 100 MiB/s.
ENV NODE_ENV=production SPOOLNET_HOST=0.0.0.0 UV_THREADPOOL_SIZE=16 \
    NODE_OPTIONS="--max-semi-space-size=8 --max-old-space-size=192 --v8-pool-size=1"
WORKDIR /opt/spoolnet
COPY --from=packages /opt/spoolnet/node_modules node_modules/
COPY package.json ./
COPY bin bin/
COPY topologies topologies/
COPY domain domain/
COPY site-image site-image/
COPY --from=page /opt/spoolnet/orchestrator orchestrator/

# A named volume mounted on one of these takes over its owner, so the site can write to it: /var/lib/spoolnet is the
# site's own, /run/spoolnet is for what the containers of a hierarchy share, the administrator's token.
RUN mkdir -p /var/lib/spoolnet /run/spoolnet /var/cache/spoolnet \
 && chown node:node /var/lib/spoolnet /run/spoolnet /var/cache/spoolnet \
 && ln -s /opt/spoolnet/bin/spoolnet.js /usr/local/bin/spoolnet
USER node

# Types are stripped here, once, into Node's compile cache: a site then starts without loading the stripper,
# which saves about 30 ms and 16 MB a process. The first import ends the program before any of the
# others runs, when all of them have been compiled and linked; so this step also fails when a file imports
# what is not in the image.
ENV NODE_COMPILE_CACHE=/var/cache/spoolnet
RUN find domain site-image orchestrator -name '*.ts' -printf 'import "/opt/spoolnet/%p";\n' \
  | (echo 'import "data:text/javascript,process.exit()";' && cat) \
  | node --input-type=module -

EXPOSE 2003
VOLUME /var/lib/spoolnet
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 CMD ["node", "site-image/health-check.ts"]
CMD ["node", "site-image/main.ts"]
