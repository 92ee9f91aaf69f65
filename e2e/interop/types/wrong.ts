// What must not compile. `tsc` complains where a marked line has no error.
import type { Parlance } from './right.js';

export function mistakes(socket: Parlance): void {
  // @ts-expect-error There is no such event.
  socket.emit('privateMesage', { recipientId: 'a', content: 'Hello' });
  // @ts-expect-error A field is missing.
  socket.emit('privateMessage', { recipientId: 'a' });
  // @ts-expect-error A field has the wrong name.
  socket.emit('privateMessage', { recipient: 'a', content: 'Hello' });
  // @ts-expect-error A field has the wrong type.
  socket.emit('groupMessage', { groupId: 7, content: 'Hello' });
  // @ts-expect-error A field that belongs to another event.
  socket.emit('groupMessage', { groupId: 'a', recipientId: 'b', content: 'Hello' });
  // @ts-expect-error The payload is missing.
  socket.emit('joinGroup');
  // @ts-expect-error The payload is not an object.
  socket.emit('leaveGroup', 'a');
  // @ts-expect-error Not one of the two words.
  socket.emit('createGroup', { name: 'Tea', visibility: 'secret' });
  // @ts-expect-error Only the server sends this.
  socket.emit('joinedGroup', { groupId: 'a', name: 'Tea' });

  // @ts-expect-error There is no such event.
  socket.on('userIsOnline', () => {});
  // @ts-expect-error Only clients send this.
  socket.on('joinGroup', () => {});
  // @ts-expect-error The payload is an id, not an object.
  socket.on('userOnline', (user) => console.log(user.id));
  // @ts-expect-error A confirmation has no content.
  socket.on('joinedGroup', (joined) => console.log(joined.content));
  // @ts-expect-error `createdAt` is a number.
  socket.on('privateMessage', (message) => message.createdAt.toUpperCase());

  socket.emit('createGroup', { name: 'Tea', visibility: 'public' }, (reply) => {
    // @ts-expect-error It may have been refused.
    console.log(reply.data.id);
    // @ts-expect-error A group has no content.
    console.log(reply.data?.content);
  });
}
