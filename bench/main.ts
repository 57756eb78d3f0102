/** `npm run bench`: how much is mirrored, or with `--neighbours` what everything beside the mirror pays for it. */
await import(process.argv.includes('--neighbours') ? './neighbours/main.js' : './load/main.js');
