/** Completions and the manual page, which the program's own definitions make. */
import { PackageError, run } from './command.js';
import { LAYOUT } from './layout.js';
import type { Stage } from './stage.js';

/** Where each shell looks for completions of packages. */
const COMPLETIONS = {
  bash: '/usr/share/bash-completion/completions/traffic-mirror',
  zsh: '/usr/share/zsh/vendor-completions/_traffic-mirror',
  fish: '/usr/share/fish/vendor_completions.d/traffic-mirror.fish',
} as const;

/** @param manualPage the program that prints the manual page. */
export function stageShellFiles(stage: Stage, manualPage: string): void {
  for (const [shell, path] of Object.entries(COMPLETIONS)) {
    stage.write(path, printed(stage.at(LAYOUT.node), [stage.at(LAYOUT.main), 'completion', shell]));
  }
  stage.writeCompressed(`${LAYOUT.manualPages}/traffic-mirror.1`, printed(process.execPath, [manualPage]));
}

function printed(node: string, args: readonly string[]): string {
  const text = run(node, args, { environment: { PATH: process.env.PATH } });
  if (text.trim() === '') throw new PackageError(`${args.join(' ')} printed nothing`);
  return text;
}
