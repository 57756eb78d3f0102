/** `npm run bench`: how much is mirrored, or with `--neighbours` what mirroring costs production and other sources. */
if (process.argv.includes('--neighbours')) await import('./neighbours/main.js');
else await import('./load/main.js');
