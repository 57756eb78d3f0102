/** Light or dark. */
import { applyMode, Mode } from '@cloudscape-design/global-styles';
import { useEffect, useState } from 'react';
import { readStored, store } from './stored.js';

/** A theme. */
export type Theme = 'light' | 'dark';

/** The theme, and what changes it. At first it is that of the system. */
export function useTheme(): [Theme, (theme: Theme) => void] {
  const [theme, setTheme] = useState<Theme>(() =>
    (readStored<Theme>('theme') ?? systemTheme()) === 'dark' ? 'dark' : 'light',
  );
  useEffect(() => applyMode(theme === 'dark' ? Mode.Dark : Mode.Light), [theme]);
  const change = (next: Theme): void => {
    store('theme', next);
    setTheme(next);
  };
  return [theme, change];
}

function systemTheme(): Theme {
  return window.matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
}
