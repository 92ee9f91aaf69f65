// A socket.io server that plays its part of a scenario and writes down what a client sends to it:
// below the package's own decoder, frame by frame, with the transport that each came by.
import { createServer } from 'node:http';

import { Server } from 'socket.io';

import { revive } from './binary.mjs';

export class Stage {
  /** `record` is given a line for everything that arrives. */
  static async open(setup, record) {
    const stage = new Stage(setup, record);
    await stage.#listen(0);
    return stage;
  }

  #http = createServer();
  #io;
  #lines = new Set();
  #sockets = new Map();
  #ended = false;
  #record;

  constructor(setup, record) {
    this.#record = (line) => this.#ended || record(line);
    // A line is a TCP connection.
    this.#http.on('connection', (line) => {
      this.#lines.add(line);
      line.on('close', () => this.#lines.delete(line));
    });
    this.#io = new Server(this.#http, { serveClient: false, ...setup.server });
    // The package takes over the earlier listeners.
    this.#http.on('request', (request) => this.#hearRequest(request));
    this.#listenIn(setup.refuseWebSocket);

    // Every namespace exists except this one. The auth says how a client is received.
    const others = this.#io.of((name, _auth, next) => next(null, name !== '/nowhere'));
    for (const namespace of [this.#io.of('/'), others]) {
      namespace.use((socket, next) => this.#admit(socket.handshake.auth, next));
      namespace.on('connection', (socket) => this.#receive(socket));
    }
  }

  get port() {
    return this.#http.address()?.port ?? this.closedPort;
  }

  end() {
    this.#ended = true;
    this.#io.engine.close();
    this.#http.close();
    this.#cut();
  }

  /** Carries out a step of the server. */
  async act({ does, namespace = '/', event, args = [], text, close }) {
    const socket = this.#sockets.get(namespace);
    if (!socket && event) throw new Error(`nobody has joined ${namespace} yet`);
    const engine = () => [...Object.values(this.#io.engine.clients)].at(-1);
    switch (does) {
      case 'emit': return void socket.emit(event, ...args.map(revive));
      case 'ask': return void socket.emit(event, ...args.map(revive), () => {});
      case 'disconnect': return void socket.disconnect(close);
      case 'closeEngine': return void engine().close();
      case 'send': return void engine().send(text);
      case 'fallSilent': return void clearTimeout(engine().pingIntervalTimer);
      case 'cut': return this.#cut();
      case 'goOffline':
        this.closedPort = this.port;
        this.#http.close();
        return this.#cut();
      case 'comeBack': return this.#listen(this.closedPort);
      default: throw new Error(`the server cannot "${does}"`);
    }
  }

  #listen(port) {
    return new Promise((resolve, reject) => {
      this.#http.once('error', reject);
      this.#http.listen(port, '127.0.0.1', () => resolve(this.#http.off('error', reject)));
    });
  }

  #cut() {
    for (const line of this.#lines) line.destroy();
  }

  #admit(auth, next) {
    if (auth.token !== 'refuse') return next();
    const error = new Error('The token is wrong.');
    if ('data' in auth) error.data = auth.data;
    next(error);
  }

  #receive(socket) {
    this.#sockets.set(socket.nsp.name, socket);
    socket.on('echo', (payload, ack) => ack?.({ data: payload }));
    socket.on('refuse', (payload, ack) => ack({ error: payload }));
    socket.on('late', (payload, ack) => setTimeout(() => ack({ data: payload }), 250));
    socket.on('silent', () => {});
    socket.on('bounce', (payload) => socket.emit('said', payload));
    socket.on('grüß "dich" 🎉', (payload, ack) => ack?.({ data: payload }));
  }

  // What arrives.

  /** The package makes its WebSocket server anew whenever the HTTP server listens. */
  #listenIn(refuseWebSocket) {
    const stage = this;
    const { opts } = this.#io.engine;
    opts.wsEngine = class extends opts.wsEngine {
      handleUpgrade(request, line, head, done) {
        if (refuseWebSocket) return void line.destroy();
        super.handleUpgrade(request, line, head, (webSocket) => {
          stage.#hearWebSocket(request, webSocket);
          done(webSocket);
        });
      }
    };
  }

  #hearWebSocket(request, webSocket) {
    this.#record(`websocket opened with ${query(request)}`);
    webSocket.on('message', (data, binary) => {
      this.#record(binary ? `websocket binary ${data.toString('hex')}` : `websocket ${data}`);
    });
    webSocket.on('close', (code) => this.#record(`websocket closed ${code}`));
  }

  #hearRequest(request) {
    if (request.method === 'GET') {
      if (!request.url.includes('sid=')) this.#record(`polling opened with ${query(request)}`);
      return;
    }
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (text) => (body += text));
    request.on('end', () => {
      for (const packet of body.split('\x1e')) this.#record(`polling ${packet}`);
    });
  }
}

/** In a fixed order, and without what differs in every request. */
function query(request) {
  const parameters = new URL(request.url, 'http://stage').searchParams;
  if (parameters.has('sid')) parameters.set('sid', '…');
  if (parameters.has('t')) parameters.set('t', '…');
  parameters.sort();
  return decodeURIComponent(parameters.toString());
}
