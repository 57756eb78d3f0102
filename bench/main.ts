/** `npm run bench`: how much is mirrored, or with `--neighbours` what everything beside the mirror pays for it. */
if (process.argv.includes('--neighbours')) await import('./neighbours/main.js');
else await import('./load/main.js');
