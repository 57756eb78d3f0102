/** `traffic-mirror import`: what `aws ec2 describe-traffic-mirror-…` printed, as a configuration on standard output. */
import { formatProblem, type Problem } from '../config/problem.js';
import { parseUnderlayAddress } from '../resources/address.js';
import { parseDeviceName } from '../resources/device.js';
import type { Parsed } from '../resources/parsed.js';
import { tooLarge } from '../transfer/configuration-text.js';
import { readDocuments, type SourceDocument } from '../transfer/documents.js';
import { importAws as importDocuments } from '../transfer/import-aws.js';
import type { Choices } from '../transfer/inventory.js';
import { CommandError, EXIT_BAD_INPUT, EXIT_WRONG_USAGE } from './command-error.js';
import { readInputText } from './input-text.js';
import { safeLine } from './terminal-text.js';

/** All files together: 10,000 of each resource with their tags have about as much. */
const MAXIMUM_BYTES = 64 * 2 ** 20;

/** Most problems that are told: those of a wrong file are all alike. */
const TOLD_PROBLEMS = 100;

export interface ImportOptions {
  /** `ID=DEVICE` each. */
  readonly device: readonly string[];
  /** `ID=ADDRESS[,ADDRESS…]` each. */
  readonly address: readonly string[];
}

/** @throws CommandError with a line per problem; nothing is written then (rejects) */
export async function importAws(files: readonly string[], options: ImportOptions): Promise<void> {
  const choices: Choices = {
    devices: readChoices('--device', options.device, (text) => parseDeviceName(text)),
    addresses: readChoices('--address', options.address, parseAddresses),
  };
  const imported = importDocuments(await readAll(files), choices, files);
  if (!imported.ok) {
    const { wrongUsage, problems } = imported;
    if (wrongUsage.length > 0) throw new CommandError(EXIT_WRONG_USAGE, ...wrongUsage);
    throw badInput(problems);
  }
  const size = tooLarge(imported.text);
  if (size !== undefined) throw new CommandError(EXIT_BAD_INPUT, `${size}: import fewer resources`);
  process.stdout.write(imported.text);
  for (const note of imported.notes) process.stderr.write(`${safeLine(note)}\n`);
}

async function readAll(files: readonly string[]): Promise<SourceDocument[]> {
  const documents: SourceDocument[] = [];
  const problems: Problem[] = [];
  let left = MAXIMUM_BYTES;
  for (const file of files) {
    const text = await readInputText(file, left, `the input is larger than ${MAXIMUM_BYTES >> 20} MiB`);
    left -= Buffer.byteLength(text);
    const read = readDocuments(text, file);
    if (read.ok) documents.push(...read.documents);
    else problems.push(...read.problems);
  }
  if (problems.length > 0) throw badInput(problems);
  return documents;
}

function badInput(problems: readonly Problem[]): CommandError {
  const lines = problems.slice(0, TOLD_PROBLEMS).map(formatProblem);
  const rest = problems.length - lines.length;
  return new CommandError(EXIT_BAD_INPUT, ...lines, ...(rest > 0 ? [`and ${rest} more problems`] : []));
}

/** The last `=` divides: names of load balancers may have one. @throws CommandError */
function readChoices<Value>(
  option: string,
  texts: readonly string[],
  parse: (text: string) => Parsed<Value>,
): ReadonlyMap<string, Value> {
  const choices = new Map<string, Value>();
  for (const text of texts) {
    const at = text.lastIndexOf('=');
    const id = text.slice(0, at);
    if (at < 1) throw new CommandError(EXIT_WRONG_USAGE, `${option} ${text}: expected ID=VALUE`);
    if (choices.has(id)) throw new CommandError(EXIT_WRONG_USAGE, `${option} ${text}: ${id} is given twice`);
    const value = parse(text.slice(at + 1));
    if (!value.ok) throw new CommandError(EXIT_WRONG_USAGE, `${option} ${text}: ${value.text}`);
    choices.set(id, value.value);
  }
  return choices;
}

/** Several addresses are those behind a load balancer. */
function parseAddresses(text: string): Parsed<readonly string[]> {
  const addresses: string[] = [];
  for (const part of text.split(',')) {
    const address = parseUnderlayAddress(part);
    if (!address.ok) return address;
    addresses.push(address.value);
  }
  return { ok: true, value: addresses };
}
