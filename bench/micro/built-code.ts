/** Figures are of the code that users run: built JavaScript, with nothing between it and V8. */

/** Options of Node that put a loader or hooks of someone else into the process. */
const LOADER_OPTION = /(?:^|\s)(?:--import|--require|-r|--loader|--experimental-loader)(?=[\s=]|$)/;

const EXIT_WRONG_USAGE = 2;

/** Ends the process, and says why, when `url` is a TypeScript file or a loader is at work. */
export function requireBuiltCode(url: string): void {
  const options = [...process.execArgv, process.env.NODE_OPTIONS ?? ''].join(' ');
  const isSource = !new URL(url).pathname.endsWith('.js');
  if (!isSource && !LOADER_OPTION.test(options)) return;
  console.error('the bench measures built code only: npm run bench:micro, without a loader');
  process.exit(EXIT_WRONG_USAGE);
}
