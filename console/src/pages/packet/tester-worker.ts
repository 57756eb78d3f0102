/** The page's side of the worker that tests packets. */
import type {
  OpenMessage,
  PacketAnswer,
  QuestionMessage,
  RowsAnswer,
  RowsQuestion,
  TestState,
  WorkerMessage,
} from './protocol.js';

type Question =
  | Omit<Extract<QuestionMessage, { kind: 'rows' }>, 'id'>
  | Omit<Extract<QuestionMessage, { kind: 'packet' }>, 'id'>;

interface Listeners {
  readonly onState: (state: TestState) => void;
  /** The worker cannot go on. */
  readonly onFailure: (text: string) => void;
}

/** A test that runs. `close` ends it at any time. */
export class TesterWorker {
  readonly #worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  readonly #waiting = new Map<number, (answer: RowsAnswer | PacketAnswer) => void>();
  #questions = 0;

  constructor(open: Omit<OpenMessage, 'kind'>, { onState, onFailure }: Listeners) {
    this.#worker.addEventListener('message', ({ data }: MessageEvent<WorkerMessage>) => {
      if (data.kind === 'state') return onState(data.state);
      if (data.kind === 'failed') return onFailure(data.text);
      this.#waiting.get(data.id)?.(data.answer);
      this.#waiting.delete(data.id);
    });
    this.#worker.addEventListener('error', ({ message }) =>
      onFailure(message || 'The worker did not start.'),
    );
    this.#worker.postMessage({ kind: 'open', ...open } satisfies OpenMessage);
  }

  async rows(question: RowsQuestion): Promise<RowsAnswer> {
    return (await this.#ask({ kind: 'rows', question })) as RowsAnswer;
  }

  /** @param number from 1 */
  async packet(number: number): Promise<PacketAnswer> {
    return (await this.#ask({ kind: 'packet', number })) as PacketAnswer;
  }

  close(): void {
    this.#worker.terminate();
    this.#waiting.clear();
  }

  #ask(question: Question): Promise<RowsAnswer | PacketAnswer> {
    const id = ++this.#questions;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#worker.postMessage({ ...question, id });
    });
  }
}
