// Clients of a group that say what arrives: `<client> <content>`, a line each.
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
