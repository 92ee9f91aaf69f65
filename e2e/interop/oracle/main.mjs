// What `e2e/tests/oracle` talks to: recorded servers of the real socket.io package, and the real
// socket.io-client as one of the two players. One connection is one run of one scenario; it carries
// JSON, one message on each line:
//
//   -> { setup }                       <- { port }
//   -> { do: step }                    <- { done: true } or { failed: why }
//                                      <- { heard: line }, { told: line }, whenever there is one
//
// Usage: node oracle/main.mjs   (it prints where it listens)
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';

import { Reference } from './reference.mjs';
import { Stage } from './stage.mjs';

const control = createServer((connection) => {
  const say = (message) => connection.writable && connection.write(`${JSON.stringify(message)}\n`);
  let stage;
  let reference;

  const carryOut = async ({ setup, do: step }) => {
    if (setup) {
      stage = await Stage.open(setup, (line) => say({ heard: line }));
      if (setup.reference) reference = new Reference(stage.port, setup, (line) => say({ told: line }));
      say({ port: stage.port });
    } else {
      await (step.who === 'server' ? stage : reference).act(step);
      say({ done: true });
    }
  };

  const end = () => {
    reference?.end();
    stage?.end();
  };
  connection.on('close', end).on('error', end);
  createInterface({ input: connection, crlfDelay: Infinity }).on('line', (line) => {
    carryOut(JSON.parse(line)).catch((error) => say({ failed: String(error.stack ?? error) }));
  });
});

control.listen(0, '127.0.0.1', () => {
  console.log(`listening on 127.0.0.1:${control.address().port}`);
});
