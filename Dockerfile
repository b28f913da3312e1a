# syntax=docker/dockerfile:1
# The server with Node 24 and nothing that only tests need. Node runs the TypeScript sources as they are.
FROM node:24-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
# The bundled Postgres (optional dependencies) stays: without DATABASE_URL the server starts its own.
RUN npm ci --omit=dev

FROM node:24-slim
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY . .
# Everything that must outlive the container lies here: the bundled database, master.key, admin-token.
RUN mkdir -p /data node_modules/.cache && chown node:node /data node_modules/.cache
VOLUME /data
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8081 SWITCHYARD_DATA_DIR=/data
USER node
# Compiles the sources and keeps what comes of it (src/cli/main.ts), so that a new container starts as fast as an old one.
RUN node src/cli/main.ts --version
EXPOSE 8081
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# Not `npm start`: npm would stand between the server and SIGTERM.
CMD ["node", "src/cli/main.ts", "start"]
