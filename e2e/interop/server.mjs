// A small server of the real socket.io package, for our own client to talk to.
// Usage: node server.mjs <port>   (0 for a free one; it prints which)
import { createServer } from 'node:http';
import { Server } from 'socket.io';

const http = createServer();
const io = new Server(http);

io.use((socket, next) => {
  if (socket.handshake.auth.token === 'let-me-in') next();
  else next(new Error('The token is wrong.'));
});

io.on('connection', (socket) => {
  // Said at once: an event that comes right behind CONNECT.
  socket.emit('onlineUsers', []);

  // Answers as Parlance would: with data, or with an error.
  socket.on('joinGroup', ({ groupId }, ack) => {
    ack({ data: { id: groupId, name: 'Tea', visibility: 'public', memberCount: 1, createdAt: 0 } });
    socket.emit('joinedGroup', { groupId, name: 'Tea' });
  });
  socket.on('leaveGroup', (_payload, ack) => {
    ack({ error: { code: 'notAMember', message: 'You are not a member of this group.' } });
  });
  // Never answered.
  socket.on('listGroups', () => {});
  // Ends the connection below Socket.IO, as a broken network would.
  socket.on('listConversations', () => socket.conn.close());
});

http.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${http.address().port}`);
});
