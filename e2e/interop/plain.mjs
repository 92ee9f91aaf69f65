// A plain socket.io server: plain values as acks, several arguments, bytes, over TLS. Our examples talk
// to it.
// Usage: node plain.mjs <certificate.pem> <key.pem> [folder with what wasm-bindgen made of page.rs]
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { Server } from 'socket.io';

const [certificate, key, page] = process.argv.slice(2);

const html = `<!doctype html><meta charset="utf-8"><title>plain</title>
<script type="module">import init from '/page.js'; init({ module_or_path: '/page_bg.wasm' });</script>`;
const types = { '/page.js': 'text/javascript', '/page_bg.wasm': 'application/wasm' };

const https = createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, (request, response) => {
  if (request.url === '/') {
    response.setHeader('content-type', 'text/html').end(html);
  } else if (page && types[request.url]) {
    response.setHeader('content-type', types[request.url]).end(readFileSync(join(page, request.url)));
  } else {
    response.writeHead(404).end();
  }
});

const io = new Server(https);
io.on('connection', (socket) => {
  socket.on('add', (a, b, ack) => {
    ack(a + b);
    io.emit('added', a, b, a + b);
  });
  socket.on('reverse', (bytes, ack) => ack(Buffer.from(bytes).reverse()));
});

https.listen(0, '127.0.0.1', () => console.log(`listening on https://localhost:${https.address().port}`));
