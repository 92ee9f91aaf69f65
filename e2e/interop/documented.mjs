// The JavaScript of the WebSocket API documentation against our server: two people, every
// listener. Usage: node documented.mjs <url> <polling|websocket>
import assert from 'node:assert/strict';
import { io } from 'socket.io-client';
import { perform, register, until } from './person.mjs';

const [url, transport] = process.argv.slice(2);
const ann = await register(url, `ann-${transport}`);
const ben = await register(url, `ben-${transport}`);
const everything = ['connecting', 'private-messaging', 'user-presence'];

// Ben comes first, and writes to Ann, who is not there yet.
const bens = perform(everything, { url, transport, token: ben.token, userId: ann.id });
await bens.hears('Connected to WebSocket server');
assert.equal(bens.socket.io.engine.transport.name, transport);
const first = await bens.hears('Message sent successfully:');
isMessage(first, { senderId: ben.id, recipientId: ann.id, seq: 1 });

// Ann comes: both learn who is there, and what she writes arrives.
const anns = perform(everything, { url, transport, token: ann.token, userId: ben.id });
const online = await anns.hears('Users currently online:');
assert.ok(Array.isArray(online) && online.includes(ben.id), `online: ${online}`);
await bens.hears('User came online:', (id) => id === ann.id);
const sent = await anns.hears('Message sent successfully:');
isMessage(sent, { senderId: ann.id, recipientId: ben.id, seq: 2 });
assert.equal(sent.content, 'Hello, this is a private message!');
assert.deepEqual(await bens.hears('Received private message:'), sent);
assert.ok(!anns.events.some(({ event }) => event === 'privateMessage'), 'an echo to the sender');

// A group of Ben's. The documented block joins, writes and leaves without waiting, on a second
// device of Ann's: it works only if the server keeps that order.
const created = await bens.socket.emitWithAck('createGroup', { name: 'Tea', visibility: 'public' });
const group = created.data;
assert.ok(group?.id && group.name === 'Tea', JSON.stringify(created));
const second = perform(['connecting', 'group-messaging'], {
  url, transport, token: ann.token, groupId: group.id,
});
const written = await second.hears('Received group message:');
isMessage(written, { senderId: ann.id, groupId: group.id, seq: 1 });
assert.equal(written.content, 'Hello everyone in the group!');
for (const device of [second, anns]) {
  const confirmation = { groupId: group.id, name: 'Tea' };
  assert.deepEqual(await device.gets('joinedGroup'), confirmation);
  assert.deepEqual(await device.gets('groupMessage'), written);
  assert.deepEqual(await device.gets('leftGroup'), confirmation);
  inOrder(device, ['joinedGroup', 'groupMessage', 'leftGroup']);
}
assert.deepEqual(await bens.gets('userJoinedGroup'), {
  groupId: group.id,
  user: { id: ann.id, username: ann.username },
});
assert.deepEqual(await bens.gets('groupMessage'), written);
assert.deepEqual(await bens.gets('userLeftGroup'), { groupId: group.id, userId: ann.id });
inOrder(bens, ['userJoinedGroup', 'groupMessage', 'userLeftGroup']);

// A failure without an ack arrives as the `error` event, with an ack as its reply.
anns.socket.emit('groupMessage', { groupId: group.id, content: 'I have left.' });
const refusal = await anns.hears('WebSocket error:');
assert.equal(refusal.event, 'groupMessage');
assert.ok(refusal.code && refusal.message, JSON.stringify(refusal));
const reply = await anns.socket.emitWithAck('noSuchEvent', {});
assert.ok(reply.error?.code && reply.error.message, JSON.stringify(reply));
assert.ok(anns.socket.connected);

// One device more or less changes nothing; after the last one Ann is offline.
second.socket.disconnect();
anns.socket.disconnect();
await bens.hears('User went offline:', (id) => id === ann.id);
const comings = bens.events.filter(({ event }) => event === 'userOnline');
assert.equal(comings.length, 1, 'Ann came online once, on two devices');
bens.socket.disconnect();

// The first block of the page, alone.
const short = perform(['connection'], { url, transport, token: ann.token });
await until(() => short.socket.connected, () => 'the first block does not connect');
short.socket.disconnect();

// A client with a wrong token, or with none, gets a sentence that says so.
for (const auth of [{ token: 'YOUR_JWT_TOKEN' }, {}]) {
  const stranger = io(url, { auth, transports: [transport], forceNew: true, reconnection: false });
  const error = await new Promise((resolve, reject) => {
    stranger.on('connect_error', resolve);
    stranger.on('connect', () => reject(new Error(`let in with ${JSON.stringify(auth)}`)));
  });
  assert.match(error.message, /\w+ \w+.*\.$/);
  stranger.disconnect();
}
console.log(`everything documented works over ${transport}`);

function isMessage(message, expected) {
  for (const [field, value] of Object.entries(expected)) {
    assert.equal(message[field], value, `${field} of ${JSON.stringify(message)}`);
  }
  for (const field of ['id', 'content']) assert.equal(typeof message[field], 'string');
  assert.ok(Math.abs(Date.now() - message.createdAt) < 60_000, `createdAt ${message.createdAt}`);
}

function inOrder(device, names) {
  const seen = device.events.map(({ event }) => event).filter((event) => names.includes(event));
  assert.deepEqual(seen, names);
}
