/** The page Share create. */
import Header from '@cloudscape-design/components/header';
import { usePage } from '../../parts/page.js';

/** The page. */
export function ShareCreate() {
  usePage({ title: 'Share create', breadcrumbs: [] });
  return <Header variant="h1">Share create</Header>;
}
