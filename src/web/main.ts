// The page: three views in one document, chosen by the address's fragment.
import { createClient } from './client.ts';
import { part } from './dom.ts';
import { refuseStrayDrops } from './drop.ts';
import { startProvePage } from './prove/page.ts';
import { startTheme } from './theme.ts';
import { startVerifyPage } from './verify_page.ts';

const PAGES = ['prove', 'verify', 'compare'] as const;
type PageName = (typeof PAGES)[number];

let comparing: Promise<{ redraw(): void }> | undefined;

function show(page: PageName): void {
  for (const name of PAGES) part(`page-${name}`, HTMLElement).hidden = name !== page;
  for (const link of document.querySelectorAll<HTMLAnchorElement>('nav a[data-page]')) {
    if (link.dataset.page === page) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  if (page === 'compare') comparing ??= import('./compare/page.ts').then((module) => module.startComparePage());
}

/** Other fragments are places within a page. */
function follow(): void {
  const page = PAGES.find((name) => `#${name}` === location.hash);
  if (page) show(page);
}

function go(page: PageName): void {
  location.hash = page;
  show(page);
  part('main', HTMLElement).focus();
}

const client = createClient();
const verifyPage = startVerifyPage(client, () => go('verify'));
const provePage = startProvePage(client, verifyPage.verify);

refuseStrayDrops();
show('prove');
follow();
addEventListener('hashchange', follow);
startTheme(part('theme', HTMLButtonElement), () => {
  provePage.redraw();
  void comparing?.then((page) => page.redraw());
});
