// A typed program of somebody else's: all of it compiles.
import { io, type Socket } from 'socket.io-client';
import type {
  ClientToServerEvents,
  LoggedIn,
  Message,
  ServerToClientEvents,
} from '../../../protocol/generated/parlance.js';

export type Parlance = Socket<ServerToClientEvents, ClientToServerEvents>;

export function connect(url: string, login: LoggedIn): Parlance {
  const socket: Parlance = io(url, { auth: { token: login.token } });

  socket.on('connect_error', (error) => console.error(error.message));
  socket.on('error', ({ code, message, event }) => console.error(code, message, event));
  socket.on('onlineUsers', (users) => users.map((id) => id.toUpperCase()));
  socket.on('userOnline', (userId) => console.log(userId.length));
  socket.on('userOffline', (userId) => console.log(userId.length));
  socket.on('privateMessage', show);
  socket.on('messageSent', show);
  socket.on('groupMessage', show);
  socket.on('joinedGroup', ({ groupId, name }) => console.log(groupId, name));
  socket.on('leftGroup', ({ groupId, name }) => console.log(groupId, name));
  socket.on('userJoinedGroup', ({ groupId, user }) => console.log(groupId, user.id, user.username));
  socket.on('userLeftGroup', ({ groupId, userId }) => console.log(groupId, userId));
  return socket;
}

export function talk(socket: Parlance, recipientId: string): void {
  // Without an ack, as documented.
  socket.emit('privateMessage', { recipientId, content: 'Hello, this is a private message!' });
  // With one.
  socket.emit('privateMessage', { recipientId, content: 'Hello', clientId: 'mine-1' }, (reply) => {
    if (reply.error) console.error(reply.error.code, reply.error.message);
    else show(reply.data);
  });
  socket.emit('createGroup', { name: 'Tea', visibility: 'public' }, ({ data: group, error }) => {
    if (error) throw new Error(error.message);
    const groupId: string = group.id;
    socket.emit('joinGroup', { groupId });
    socket.emit('groupMessage', { groupId, content: 'Hello everyone in the group!' });
    socket.emit('leaveGroup', { groupId });
  });

  // A request without fields.
  socket.emit('listGroups');
  socket.emit('listGroups', {}, ({ data: groups }) => {
    groups?.forEach((group) => console.log(group.name, group.memberCount));
  });
}

function show(message: Message): void {
  const where = message.groupId ?? message.recipientId;
  console.log(where, message.senderId, message.content, message.seq + 1, new Date(message.createdAt));
}
