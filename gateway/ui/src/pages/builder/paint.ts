/** Marks that tell when an edit was made and when its count was on the screen. */

export const EDITED = 'cardinal:edited';
export const PAINTED = 'cardinal:painted';

export function markEdit(edit: number): void {
  performance.clearMarks(EDITED);
  performance.mark(EDITED, { detail: { edit } });
}

/** After the next frame: a task posted from the frame's callback runs once it is painted. */
export function markPaint(edit: number): void {
  requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      performance.clearMarks(PAINTED);
      performance.mark(PAINTED, { detail: { edit } });
      port1.close();
    };
    port2.postMessage(null);
  });
}
