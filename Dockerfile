# A gateway for Kafka clients (docs/kafka.md): the command `millrace`, whose arguments the service gives. It runs the sources as they are.
FROM node:24-slim AS installed
WORKDIR /app
COPY package.json package-lock.json ./
# Node comes from the image, so the one that npm would bring along goes.
RUN npm ci --omit=dev --omit=peer --ignore-scripts && rm -rf node_modules/node-linux-* node_modules/node-win-*

FROM node:24-slim
ENV NODE_ENV=production NODE_DISABLE_COMPILE_CACHE=1
WORKDIR /app
COPY --from=installed /app/node_modules node_modules
COPY package.json ./
COPY lib lib
COPY cli cli
USER node
EXPOSE 9092 8083
# Short collections of garbage, as `npm start` has them (docs/performance.md).
ENTRYPOINT ["node", "--max-semi-space-size=4", "--initial-old-space-size=64", "--v8-pool-size=1", "cli/millrace.ts"]
CMD ["gateway", "--help"]
