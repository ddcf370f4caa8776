// Light, dark, or as the system is: the choice is kept in this browser where it lets pages keep things.
const CHOICES = ['system', 'light', 'dark'] as const;
type Choice = (typeof CHOICES)[number];
const KEY = 'wisp-theme';

const LABELS: Readonly<Record<Choice, string>> = {
  system: 'Colours: as the system',
  light: 'Colours: light',
  dark: 'Colours: dark',
};
const SIGNS: Readonly<Record<Choice, string>> = { system: '◐', light: '○', dark: '●' };

function stored(): Choice {
  try {
    return CHOICES.find((choice) => choice === localStorage.getItem(KEY)) ?? 'system';
  } catch {
    return 'system';
  }
}

/** `onChange` is called when colours change, by the button or the system: canvases have to be drawn anew. */
export function startTheme(button: HTMLButtonElement, onChange: () => void): void {
  let choice = stored();
  const apply = (): void => {
    if (choice === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = choice;
    button.textContent = SIGNS[choice];
    button.setAttribute('aria-label', LABELS[choice]);
    button.title = LABELS[choice];
    onChange();
  };
  button.addEventListener('click', () => {
    choice = CHOICES[(CHOICES.indexOf(choice) + 1) % CHOICES.length] as Choice;
    try {
      localStorage.setItem(KEY, choice);
    } catch {
      // For this visit only.
    }
    apply();
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', onChange);
  apply();
}

/** A colour of the style sheet, for canvases. */
export const colour = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
