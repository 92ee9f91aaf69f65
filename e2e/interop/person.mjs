// Somebody who uses the documented JavaScript: runs its blocks as they are printed, and
// remembers what they said and which events came.
import { readFileSync } from 'node:fs';
import { io } from 'socket.io-client';

export async function register(url, username) {
  const response = await fetch(`${url}/api/auth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, password: 'correct horse battery staple' }),
  });
  if (response.status !== 201) {
    throw new Error(`registering ${username}: ${response.status} ${await response.text()}`);
  }
  const { token, user } = await response.json();
  return { token, id: user.id, username: user.username };
}

// Only the address, the token and the ids are put in.
function documented(blocks, { url, token, userId, groupId }) {
  return blocks
    .map((name) => readFileSync(new URL(`documented/${name}.js`, import.meta.url), 'utf8'))
    .join('\n')
    .replaceAll('http://localhost:8000', url)
    .replaceAll('YOUR_JWT_TOKEN', token)
    .replaceAll('USER_ID', userId)
    .replaceAll('GROUP_ID', groupId);
}

export function perform(blocks, { transport, ...values }) {
  const said = [];
  const events = [];
  const recorder = {
    log: (sentence, value) => said.push({ sentence, value }),
    error: (sentence, value) => said.push({ sentence, value }),
  };
  const throughTransport = (url, options) =>
    io(url, { ...options, transports: [transport], forceNew: true });
  const body = `${documented(blocks, values)}\nreturn socket;`;
  const socket = new Function('io', 'console', body)(throughTransport, recorder);
  socket.onAny((event, ...values) => events.push({ event, values }));

  return {
    socket,
    events,
    // Resolves with what was said after the sentence.
    hears: (sentence, fits = () => true) =>
      until(
        () => said.find((line) => line.sentence === sentence && fits(line.value)),
        () => `"${sentence}" was not said, only ${JSON.stringify(said)}`,
      ).then((line) => line.value),
    // Resolves with the event's payload.
    gets: (event, fits = () => true) =>
      until(
        () => events.find((one) => one.event === event && fits(one.values[0])),
        () => `${event} did not come, only ${JSON.stringify(events)}`,
      ).then((one) => one.values[0]),
  };
}

export async function until(look, complaint, milliseconds = 20_000) {
  const end = Date.now() + milliseconds;
  for (;;) {
    const found = look();
    if (found) return found;
    if (Date.now() > end) throw new Error(complaint());
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
