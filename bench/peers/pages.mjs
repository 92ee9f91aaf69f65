// What `cargo xtask bench client` measures against: Node's socket.io, two pages without rendering, one
// with our client and one with socket.io-client, and a usual chat in React.
// Usage: node pages.mjs <directory with what wasm-bindgen made of bench/page>
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { Server } from 'socket.io';

const page = (script) => `<!doctype html><meta charset="utf-8"><title>bench</title>
<script>window.bench = { start: performance.now() }</script><script type="module">${script}</script>`;

const ours = page(`
  import init, { Connection } from '/page/bench_page.js';
  await init({ module_or_path: '/page/bench_page_bg.wasm' });
  bench.ready = performance.now();
  const connection = new Connection();
  bench.flood = (count) => connection.flood(count);`);

const theirs = page(`
  import { io } from '/socket.io.esm.min.js';
  bench.ready = performance.now();
  const socket = io({ transports: [new URLSearchParams(location.search).get('transport') ?? 'websocket'] });
  let received = 0, sum = 0;
  socket.on('connect', () => { bench.connected = performance.now(); });
  socket.on('message', (message) => {
    received += 1;
    sum += message.seq + message.content.length;
    if (received % 1000 === 0) { bench.received = received; bench.sum = sum; }
  });
  bench.flood = (count) => socket.emit('flood', { count }, () => {});`);

// It shows what comes to the person whose token it is given, from the Parlance server that it is
// told. A row whose message is the same is not rendered again.
const react = page(`
  import { io } from '/socket.io.esm.min.js';
  const { createElement, memo, useEffect, useLayoutEffect, useRef, useState } = React;
  const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
  const Row = memo(({ message }) => createElement('li', null,
    createElement('b', null, message.senderId),
    createElement('time', null, clock.format(message.createdAt)),
    createElement('p', null, message.content)));
  function Chat() {
    const [messages, setMessages] = useState([]);
    const list = useRef(null);
    useEffect(() => {
      const { server, token } = Object.fromEntries(new URLSearchParams(location.search));
      const socket = io(server, { auth: { token }, transports: ['websocket'] });
      socket.on('connect', () => { bench.connected = performance.now(); });
      socket.on('privateMessage', (message) => setMessages((all) => [...all, message]));
      return () => socket.close();
    }, []);
    useLayoutEffect(() => { list.current.scrollTop = list.current.scrollHeight; }, [messages]);
    return createElement('ul', { ref: list, style: { height: '80vh', overflow: 'auto' } },
      messages.map((message) => createElement(Row, { key: message.id, message })));
  }
  const root = document.body.appendChild(document.createElement('main'));
  ReactDOM.createRoot(root).render(createElement(Chat));`)
  .replace('<script type="module">', '<script src="/react.js"></script><script src="/react-dom.js"></script>$&');

const pages = { '/ours': ours, '/theirs': theirs, '/react': react };

const files = {
  '/page/bench_page.js': [process.argv[2] + '/bench_page.js', 'text/javascript'],
  '/page/bench_page_bg.wasm': [process.argv[2] + '/bench_page_bg.wasm', 'application/wasm'],
  '/react.js': ['node_modules/react/umd/react.production.min.js', 'text/javascript'],
  '/react-dom.js': ['node_modules/react-dom/umd/react-dom.production.min.js', 'text/javascript'],
  '/socket.io.esm.min.js': ['node_modules/socket.io-client/dist/socket.io.esm.min.js', 'text/javascript'],
};

const http = createServer(async (request, response) => {
  const path = request.url.split('?')[0];
  if (pages[path]) {
    response.setHeader('content-type', 'text/html');
    return response.end(pages[path]);
  }
  const [file, type] = files[path] ?? [];
  if (!file) return response.writeHead(404).end();
  response.setHeader('content-type', type);
  response.end(await readFile(file));
});
const io = new Server(http, { serveClient: false });

const id = '0192e4a0-7b3c-7000-8000-00000000000a';
io.on('connection', (socket) => {
  socket.on('flood', async ({ count }, ack) => {
    ack({ data: count });
    for (let seq = 1; seq <= count; seq += 1) {
      socket.emit('message', {
        id, senderId: id, recipientId: id, seq, createdAt: 1763800000000 + seq,
        content: `Message ${seq}: the quick brown fox jumps over the lazy dog, and back again.`,
      });
      // Lets the socket write.
      if (seq % 500 === 0) await new Promise(setImmediate);
    }
  });
});

http.listen(0, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${http.address().port}`));
