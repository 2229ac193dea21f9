// Runs the language server of @taplo/lsp over stdin and stdout: `node taplo.cjs FOLDER`, where npm has installed it.
// It has no network: its catalogue of schemas cannot be fetched.
const fs = require("node:fs");
const path = require("node:path");
const url = require("node:url");
const { TaploLsp } = require(path.resolve(process.argv[2], "node_modules/@taplo/lsp"));

const unreachable = async () => {
  throw new Error("there is no network");
};
globalThis.fetch = unreachable;

const environment = {
  now: () => new Date(),
  envVar: (name) => process.env[name],
  envVars: () => Object.entries(process.env),
  stdErrAtty: () => false,
  // The messages do not go through these three.
  stdin: () => Promise.resolve(new Uint8Array()),
  stdout: process.stderr,
  stderr: process.stderr,
  glob: () => [],
  readFile: (file) => fs.promises.readFile(file),
  writeFile: unreachable,
  urlToFilePath: (text) => url.fileURLToPath(text),
  isAbsolute: (file) => path.isAbsolute(file),
  cwd: () => process.cwd(),
  findConfigFile: () => undefined,
  fetch: { fetch: unreachable, Headers, Request, Response },
};

function onMessage(message) {
  const body = Buffer.from(JSON.stringify(message));
  process.stdout.write(`Content-Length: ${body.length}\r\n\r\n`);
  process.stdout.write(body);
}

TaploLsp.initialize(environment, { onMessage }).then((server) => {
  let received = Buffer.alloc(0);
  process.stdin.on("data", (data) => {
    received = Buffer.concat([received, data]);
    for (;;) {
      const end = received.indexOf("\r\n\r\n");
      if (end < 0) return;
      const length = Number(/Content-Length: *(\d+)/i.exec(received.toString("latin1", 0, end))[1]);
      if (received.length < end + 4 + length) return;
      server.send(JSON.parse(received.toString("utf8", end + 4, end + 4 + length)));
      received = received.subarray(end + 4 + length);
    }
  });
  process.stdin.on("end", () => process.exit(0));
});
