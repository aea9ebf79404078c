import { beforeEach, describe, expect, it } from 'vitest';
import { Live, type Reply, type World } from './live';

class FakeSocket extends EventTarget {
  readyState = 0;
  sent: { preview: { id: string; dataset: string } }[] = [];
  send(text: string) {
    this.sent.push(JSON.parse(text));
  }
  open() {
    this.readyState = 1;
    this.dispatchEvent(new Event('open'));
  }
  close(code = 1000) {
    this.readyState = 3;
    this.dispatchEvent(Object.assign(new Event('close'), { code }));
  }
  say(message: object) {
    this.dispatchEvent(new MessageEvent('message', { data: JSON.stringify(message) }));
  }
}

const question = (dataset: string) => ({ dataset, condition: { all: [] } });
const counted = (count: number) => ({
  type: 'preview',
  id: 'builder',
  count,
  total: 9,
  per_node: {},
  resolved: {},
});

let sockets: FakeSocket[];
let timers: Map<number, { run: () => void; ms: number }>;
let live: Live;
let heard: [string, Reply][];

const world = (): World => {
  let last = 0;
  return {
    connect: () => {
      const socket = new FakeSocket();
      sockets.push(socket);
      return Promise.resolve(socket as unknown as WebSocket);
    },
    now: () => 0,
    later: (run, ms) => {
      timers.set((last += 1), { run, ms });
      return last;
    },
    cancel: (timer) => {
      timers.delete(timer);
    },
  };
};
const connect = async () => {
  live.open();
  await Promise.resolve();
  await Promise.resolve();
  sockets.at(-1)!.open();
  return sockets.at(-1)!;
};
const ask = (name: string) => live.ask(question(name), (reply) => heard.push([name, reply]));

beforeEach(() => {
  Object.assign(globalThis, { WebSocket: { OPEN: 1 } });
  sockets = [];
  timers = new Map();
  heard = [];
  live = new Live(world());
});

describe('the live connection', () => {
  it('asks once it is open', async () => {
    ask('first');
    const socket = await connect();
    expect(live.state.get()).toBe('live');
    expect(socket.sent.map((one) => one.preview.dataset)).toEqual(['first']);
  });
  it('holds the newest question back while one is under way, and drops those between', async () => {
    const socket = await connect();
    for (const name of ['a', 'b', 'c']) ask(name);
    expect(socket.sent).toHaveLength(1);
    socket.say(counted(3));
    expect(socket.sent.map((one) => one.preview.dataset)).toEqual(['a', 'c']);
    socket.say({ type: 'problem', id: 'builder', problems: [] });
    expect(heard.map(([name]) => name)).toEqual(['a', 'c']);
    expect(heard[0]![1].answer?.count).toBe(3);
    expect(heard[1]![1].problems).toEqual([]);
  });
  it('connects again with a growing wait and asks what was not answered', async () => {
    const socket = await connect();
    ask('a');
    socket.close();
    expect(live.state.get()).toBe('offline');
    const again = await connect();
    expect(again.sent.map((one) => one.preview.dataset)).toEqual(['a']);
  });
  it('waits longer after each failure', async () => {
    const waits: number[] = [];
    for (let round = 0; round < 7; round += 1) {
      live.open();
      await Promise.resolve();
      await Promise.resolve();
      timers.clear();
      sockets.at(-1)!.close();
      waits.push([...timers.values()].at(-1)!.ms);
    }
    expect(waits).toEqual([250, 500, 1000, 2000, 4000, 8000, 8000]);
  });
  it('gives up on an answer that does not come', async () => {
    const socket = await connect();
    ask('a');
    [...timers.values()].at(-1)!.run();
    expect(socket.readyState).toBe(3);
    expect(live.state.get()).toBe('offline');
  });
  it('says of a question that is too large that it is, and does not ask it again', async () => {
    const socket = await connect();
    ask('a');
    socket.close(1009);
    expect(heard[0]![1].problems).toMatchObject([{ code: 'too_large' }]);
    expect((await connect()).sent).toEqual([]);
  });
  it('takes a problem without an id as the answer', async () => {
    const socket = await connect();
    ask('a');
    socket.say({ type: 'problem', id: null, problems: [] });
    expect(heard).toHaveLength(1);
  });
  it('does not hear what it was told to forget', async () => {
    const socket = await connect();
    ask('a');
    live.forget();
    socket.say(counted(1));
    expect(heard).toEqual([]);
  });
  it('stays closed', async () => {
    const socket = await connect();
    live.close();
    live.open();
    expect(socket.readyState).toBe(3);
    expect(sockets).toHaveLength(1);
  });
});
