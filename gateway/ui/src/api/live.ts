/** The one file that holds the socket: one question under way, then the latest. */

import { createStore, type Store } from '../store';
import type { Answer, Problem, Question } from './types';

export type LinkState = 'connecting' | 'live' | 'offline';

export interface Reply {
  answer?: Answer;
  problems?: Problem[];
  /** From sending the question to its reply. */
  elapsedMs: number;
}

type Heard = (reply: Reply) => void;
interface Waiting {
  question: Question;
  heard: Heard;
}

/** What a live connection needs of the world: tests and the patterns page give others. */
export interface World {
  connect(): Promise<WebSocket>;
  now(): number;
  later(run: () => void, ms: number): number;
  cancel(timer: number): void;
}

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 8_000;
const ANSWER_WITHIN_MS = 20_000;
const PREVIEW_ID = 'builder';
/** The close code for a message that is too large: asking again would not help. */
const TOO_BIG = 1009;
const TOO_BIG_PROBLEM: Problem = {
  code: 'too_large',
  path: '',
  message: 'This condition is too large for a live count: use fewer values.',
};

type Message =
  | ({ type: 'preview'; id: string } & Answer)
  | { type: 'problem'; id: string | null; problems: Problem[] }
  | { type: 'resync' };

/**
 * Asks for live counts. The server's pace is the only throttle: while one question is under
 * way the newest edit waits, and no older one is ever sent. After a lost connection the last
 * question is asked again.
 */
export class Live {
  readonly state: Store<LinkState> = createStore<LinkState>('connecting');
  private socket: WebSocket | null = null;
  private asked: (Waiting & { at: number }) | null = null;
  private next: Waiting | null = null;
  private timer = 0;
  private overdue = 0;
  private wait = FIRST_WAIT_MS;
  private closed = false;

  constructor(private readonly world: World) {}

  /** `heard` is called once, unless a newer question takes this one's place first. */
  ask(question: Question, heard: Heard): void {
    this.next = { question, heard };
    this.send();
  }

  /** Forget whatever was asked: its reply will not be heard. */
  forget(): void {
    this.next = null;
    if (this.asked) this.asked.heard = () => undefined;
  }

  open(): void {
    this.world.cancel(this.timer);
    if (this.closed || this.socket) return;
    this.world.connect().then(
      (socket) => this.listen(socket),
      () => this.retry(),
    );
  }

  /** Try now instead of at the end of the wait. */
  hurry(): void {
    if (this.state.get() === 'offline') this.open();
  }

  close(): void {
    this.closed = true;
    this.world.cancel(this.timer);
    this.world.cancel(this.overdue);
    this.socket?.close();
  }

  private listen(socket: WebSocket): void {
    if (this.closed || this.socket) return socket.close();
    this.socket = socket;
    socket.addEventListener('open', () => {
      this.wait = FIRST_WAIT_MS;
      this.state.set('live');
      this.send();
    });
    socket.addEventListener('message', (event) =>
      this.receive(JSON.parse(String(event.data)) as Message),
    );
    socket.addEventListener('close', (event) => {
      if (this.socket === socket) this.lost(event.code);
    });
  }

  private lost(code: number): void {
    this.socket = null;
    this.world.cancel(this.overdue);
    if (code === TOO_BIG && this.asked) {
      this.asked.heard({
        problems: [TOO_BIG_PROBLEM],
        elapsedMs: this.world.now() - this.asked.at,
      });
      this.asked = null;
    }
    // What was under way is asked again, unless a newer question waits.
    this.next ??= this.asked;
    this.asked = null;
    this.retry();
  }

  private retry(): void {
    if (this.closed) return;
    this.state.set('offline');
    this.timer = this.world.later(() => this.open(), this.wait);
    this.wait = Math.min(this.wait * 2, LONGEST_WAIT_MS);
  }

  private send(): void {
    if (this.asked || !this.next || this.socket?.readyState !== WebSocket.OPEN) return;
    this.asked = { ...this.next, at: this.world.now() };
    this.next = null;
    this.socket.send(JSON.stringify({ preview: { id: PREVIEW_ID, ...this.asked.question } }));
    this.overdue = this.world.later(() => this.socket?.close(), ANSWER_WITHIN_MS);
  }

  private receive(message: Message): void {
    if (message.type === 'resync' || (message.id ?? PREVIEW_ID) !== PREVIEW_ID || !this.asked)
      return;
    this.world.cancel(this.overdue);
    const { heard, at } = this.asked;
    this.asked = null;
    this.send();
    const elapsedMs = this.world.now() - at;
    if (message.type === 'preview') heard({ answer: message, elapsedMs });
    else if (message.type === 'problem') heard({ problems: message.problems, elapsedMs });
  }
}

/** The browser's world: a socket to the page's own server, with a ticket when one is needed. */
export const browserWorld = (ticket: () => Promise<string | null>): World => ({
  connect: async () => {
    const given = await ticket();
    const query = given === null ? '' : `?ticket=${encodeURIComponent(given)}`;
    return new WebSocket(`${location.origin.replace(/^http/, 'ws')}/api/v1/live${query}`);
  },
  now: () => performance.now(),
  later: (run, ms) => window.setTimeout(run, ms),
  cancel: (timer) => window.clearTimeout(timer),
});
