/** Catches what a page throws, so that the navigation stays. */
import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import { Component, type ReactNode } from 'react';
import { isLoadFailure } from './load-failure.js';

interface Caught {
  readonly error?: Error;
}

/** Shows the page, or that it failed. React keeps a failed page, so a reload is the way out. */
export class PageBoundary extends Component<{ readonly children: ReactNode }, Caught> {
  override state: Caught = {};

  static getDerivedStateFromError(error: Error): Caught {
    return { error };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    const isUnloaded = isLoadFailure(error);
    return (
      <Alert
        type="error"
        header={isUnloaded ? 'This page could not be loaded' : 'This page failed'}
        action={<Button onClick={() => window.location.reload()}>Reload</Button>}
      >
        {isUnloaded
          ? 'The console was upgraded since it was opened, or the server did not answer. Reload it to get the present version.'
          : error.message}
      </Alert>
    );
  }
}
