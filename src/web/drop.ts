// A box that takes files, dropped or chosen: both end in the file input, which is what keyboards and readers use.

/** `onFiles` gets at least one file. */
export function fileBox(box: HTMLElement, input: HTMLInputElement, onFiles: (files: readonly File[]) => void): void {
  const show = (isOver: boolean): void => {
    box.classList.toggle('over', isOver);
  };
  box.addEventListener('dragover', (event) => {
    event.preventDefault();
    show(true);
  });
  box.addEventListener('dragleave', () => show(false));
  box.addEventListener('drop', (event) => {
    event.preventDefault();
    show(false);
    const files = event.dataTransfer?.files;
    if (!files || files.length === 0) return;
    input.files = files;
    onFiles([...files]);
  });
  input.addEventListener('change', () => {
    if (input.files && input.files.length > 0) onFiles([...input.files]);
  });
}

/** A file that misses its box must not replace the page. */
export function refuseStrayDrops(): void {
  for (const type of ['dragover', 'drop']) document.addEventListener(type, (event) => event.preventDefault());
}

export function download(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The browser reads it after the click's task.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
