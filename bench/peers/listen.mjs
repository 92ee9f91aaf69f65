// Clients of a group. For each message that arrives they print a line: `<client> <content>`.
// Usage: node listen.mjs <group> <address>…
import { io } from 'socket.io-client';

const [group, ...addresses] = process.argv.slice(2);
addresses.forEach((address, client) => {
  const socket = io(address, { transports: ['websocket'], forceNew: true, auth: { token: `client-${client}` } });
  socket.on('connect', () => {
    if (!socket.recovered) socket.emit('joinGroup', { groupId: group });
  });
  socket.on('groupMessage', ({ content }) => console.log(`${client} ${content}`));
});
