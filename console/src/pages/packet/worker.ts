/** The worker that tests packets, so that the page stays quick. Nothing leaves the browser. */
import { explanationLines } from '../../../../src/explain/explanation-text.js';
import { type CaptureBytes, readCaptureBytes } from '../../model/packet/capture-bytes.js';
import { CaptureTest, type TestSetup } from '../../model/packet/capture-test.js';
import { copyView, hexLines } from '../../model/packet/copy-view.js';
import { frameCapture } from '../../model/packet/frame-capture.js';
import type { OpenMessage, PacketAnswer, QuestionMessage, TestInput, WorkerMessage } from './protocol.js';

/** Packets between two looks at the clock. */
const BATCH_PACKETS = 100;
/** Time between two reports, in which questions wait. */
const REPORT_MS = 100;
const HEX_BYTES = 512;

/** One test. */
class RunningTest {
  readonly #setup: TestSetup;
  #test: CaptureTest | undefined;

  constructor(setup: TestSetup) {
    this.#setup = setup;
  }

  async run({ input, direction }: OpenMessage): Promise<void> {
    const read = await bytesOf(input);
    const test = new CaptureTest(read.bytes, this.#setup, direction);
    this.#test = test;
    for (;;) {
      const until = performance.now() + REPORT_MS;
      while (performance.now() < until && !test.run(BATCH_PACKETS).done);
      const progress = test.run(0);
      const end = progress.done ? endOf(read, progress.problem) : {};
      post({ kind: 'state', state: { ...progress, ...end, counts: test.counts() } });
      if (progress.done) return;
      await new Promise((resolve) => setTimeout(resolve));
    }
  }

  answer(message: QuestionMessage): void {
    const test = this.#test;
    if (test === undefined) return;
    if (message.kind === 'packet') {
      post({ kind: 'answer', id: message.id, answer: this.#packet(test, message.number) });
      return;
    }
    const { start, count, only } = message.question;
    post({ kind: 'answer', id: message.id, answer: test.rows(start, count, only) });
  }

  #packet(test: CaptureTest, number: number): PacketAnswer {
    const explanation = test.explain(number);
    const copy = copyView(this.#setup, explanation, test.frame(number), test.timeOf(number));
    return {
      explanation,
      lines: explanationLines(explanation),
      ...(copy && {
        copy: { outer: copy.outer, inner: copy.inner, hex: hexLines(copy.bytes, HEX_BYTES) },
      }),
    };
  }
}

async function bytesOf(input: TestInput): Promise<CaptureBytes> {
  if (input.kind === 'packet') return { bytes: frameCapture(input.frame), isCut: false };
  return readCaptureBytes(input.file.stream() as ReadableStream<Uint8Array>);
}

/** A file that is cut at the bound is not damaged there. */
function endOf({ isCut, problem: readProblem }: CaptureBytes, problem: string | undefined) {
  if (!isCut) return readProblem === undefined ? {} : { problem: readProblem };
  return problem?.includes('ends') ? { isCut, problem: undefined } : { isCut };
}

function post(message: WorkerMessage): void {
  postMessage(message);
}

function listen(): void {
  let running: RunningTest | undefined;
  const fail = (error: unknown): void =>
    post({ kind: 'failed', text: error instanceof Error ? error.message : String(error) });
  addEventListener('message', ({ data }: MessageEvent<OpenMessage | QuestionMessage>) => {
    try {
      if (data.kind !== 'open') return running?.answer(data);
      running = new RunningTest(data.setup);
      running.run(data).catch(fail);
    } catch (error) {
      fail(error);
    }
  });
}

listen();
