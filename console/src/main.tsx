/** The entry of the console. */
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.js';
import { isLoadFailure } from './parts/load-failure.js';
import './console.css';

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no element "root"');
// A file that is gone is told on the page, with a way out.
const onCaughtError = (error: unknown): void => {
  if (!(error instanceof Error && isLoadFailure(error))) window.reportError(error);
};
createRoot(root, { onCaughtError }).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
