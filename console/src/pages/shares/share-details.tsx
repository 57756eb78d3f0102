/** The page Share details. */
import Header from '@cloudscape-design/components/header';
import { usePage } from '../../parts/page.js';

/** The page. */
export function ShareDetails() {
  usePage({ title: 'Share details', breadcrumbs: [] });
  return <Header variant="h1">Share details</Header>;
}
