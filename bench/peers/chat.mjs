// The documented events of Parlance on socket.io, as a peer for measurements: on Node, or on Bun with
// Bun's engine for it.
// Usage: node|bun chat.mjs memory | recovery | sqlite <file>
// With `recovery`, socket.io sends a client that comes back what it missed, if it can.
//
// It does less than Parlance: no login (a token is the user's id), no presence, no check of texts
// and members, no clientId. What it keeps in SQLite is on disk before it is acknowledged.
import { createServer } from 'node:http';
import { randomUUID } from 'node:crypto';
import { Server } from 'socket.io';

const memory = () => {
  const heads = new Map();
  return (conversation) => {
    const seq = (heads.get(conversation) ?? 0) + 1;
    heads.set(conversation, seq);
    return seq;
  };
};

// What Node and Bun name differently: one row's first column, and the database itself.
const open = async (file) => {
  if (globalThis.Bun) {
    const { Database } = await import('bun:sqlite');
    const database = new Database(file);
    return { database, first: (query) => (...values) => query.values(...values)[0][0] };
  }
  const { default: Database } = await import('better-sqlite3');
  const database = new Database(file);
  return { database, first: (query) => { const pluck = query.pluck(); return (...values) => pluck.get(...values); } };
};

const sqlite = async (file) => {
  const { database, first } = await open(file);
  database.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    CREATE TABLE conversations (key TEXT PRIMARY KEY, head INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE messages (
      conversation TEXT NOT NULL, seq INTEGER NOT NULL, id TEXT NOT NULL, sender TEXT NOT NULL,
      content TEXT NOT NULL, created_at INTEGER NOT NULL, PRIMARY KEY (conversation, seq)
    ) WITHOUT ROWID;`);
  const next = first(database.prepare(`
    INSERT INTO conversations (key, head) VALUES (?, 1)
    ON CONFLICT (key) DO UPDATE SET head = head + 1 RETURNING head`));
  const insert = database.prepare('INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?)');
  return database.transaction((conversation, { id, senderId, content, createdAt }) => {
    const seq = next(conversation);
    insert.run(conversation, seq, id, senderId, content, createdAt);
    return seq;
  });
};

const [kind, file] = process.argv.slice(2);
const keep = kind === 'sqlite' ? await sqlite(file) : memory();

const io = new Server({ serveClient: false, ...(kind === 'recovery' && { connectionStateRecovery: {} }) });
io.use((socket, next) => {
  socket.data.user = socket.handshake.auth.token;
  next();
});
io.on('connection', (socket) => {
  const { user } = socket.data;
  socket.join(`user:${user}`);
  const message = (conversation, to, content) => {
    const kept = { id: randomUUID(), senderId: user, ...to, content, createdAt: Date.now() };
    kept.seq = keep(conversation, kept);
    return kept;
  };
  socket.on('privateMessage', ({ recipientId, content }, ack) => {
    const kept = message([user, recipientId].sort().join(), { recipientId }, content);
    ack?.({ data: kept });
    io.to(`user:${user}`).emit('messageSent', kept);
    io.to(`user:${recipientId}`).emit('privateMessage', kept);
  });
  socket.on('createGroup', ({ name }, ack) => {
    const id = randomUUID();
    socket.join(`group:${id}`);
    ack?.({ data: { id, name } });
  });
  socket.on('joinGroup', ({ groupId }, ack) => {
    socket.join(`group:${groupId}`);
    ack?.({ data: { id: groupId } });
  });
  socket.on('groupMessage', ({ groupId, content }, ack) => {
    const kept = message(groupId, { groupId }, content);
    ack?.({ data: kept });
    io.to(`group:${groupId}`).emit('groupMessage', kept);
  });
});

const say = (port) => console.log(`listening on http://127.0.0.1:${port}`);
if (globalThis.Bun) {
  const { Server: Engine } = await import('@socket.io/bun-engine');
  const engine = new Engine({ path: '/socket.io/' });
  io.bind(engine);
  say(Bun.serve({ hostname: '127.0.0.1', port: 0, ...engine.handler() }).port);
} else {
  const http = createServer();
  io.attach(http);
  http.listen(0, '127.0.0.1', () => say(http.address().port));
}
