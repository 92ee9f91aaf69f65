// The real socket.io-client, doing what a scenario's program does and saying what it was told.
import { Manager } from 'socket.io-client';

import { flatten, revive } from './binary.mjs';

export class Reference {
  #sockets = new Map();
  #manager;
  #auths;
  #callTimeout;
  #tell;

  constructor(port, setup, tell) {
    this.#tell = tell;
    this.#auths = setup.auths;
    this.#callTimeout = setup.callTimeout;
    this.#manager = new Manager(`http://127.0.0.1:${port}`, {
      autoConnect: false,
      reconnectionDelay: setup.delay,
      reconnectionDelayMax: setup.delay,
      randomizationFactor: 0,
      transports: setup.transports,
    });
  }

  end() {
    this.#manager._close();
  }

  /** Carries out a step of the client's program. */
  act({ does, namespace = '/', event, payload }) {
    const socket = this.#socket(namespace);
    switch (does) {
      case 'connect': return void socket.connect();
      case 'disconnect': return void socket.disconnect();
      case 'emit': return void socket.emit(event, revive(payload));
      case 'emitVolatile': return void socket.volatile.emit(event, revive(payload));
      case 'call': return this.#call(socket, namespace, event, payload);
      default: throw new Error(`the client cannot "${does}"`);
    }
  }

  #call(socket, namespace, event, payload) {
    const say = (line) => this.#tell(told(namespace, line));
    socket.timeout(this.#callTimeout).emit(event, revive(payload), (error, ...answer) => {
      if (!error) say(`answer ${json(answer[0])}`);
      else if (error.message === 'operation has timed out') say('no answer: timed out');
      else if (error.message === 'socket has been disconnected') say('no answer: disconnected');
      else say(`no answer: ${error.message}`);
    });
  }

  #socket(namespace) {
    const known = this.#sockets.get(namespace);
    if (known) return known;
    const say = (line) => this.#tell(told(namespace, line));
    let connects = 0;
    const socket = this.#manager.socket(namespace, {
      auth: (send) => {
        const auths = this.#auths[namespace] ?? [undefined];
        send(auths[Math.min(connects++, auths.length - 1)]);
      },
    });
    socket.on('connect', () => say('connected'));
    socket.on('disconnect', (reason) => say(`disconnected: ${reason.replace(/^transport.*/, 'transport')}`));
    socket.on('connect_error', (error) => {
      // It stays active if it will try again by itself.
      if (socket.active) this.#tell('unreachable');
      else say(`refused: ${error.message} ${json(error.data)}`);
    });
    socket.onAny((event, ...args) => {
      const ack = typeof args.at(-1) === 'function' ? args.pop() : undefined;
      say(`event ${event} ${args.map(json).join(' ')}`.trimEnd());
      if (event === 'question') ack?.(...args);
      else if (event !== 'ignored') ack?.();
    });
    this.#sockets.set(namespace, socket);
    return socket;
  }
}

const told = (namespace, line) => (namespace === '/' ? line : `${namespace} ${line}`);
const json = (value) => JSON.stringify(flatten(value)) ?? 'nothing';
