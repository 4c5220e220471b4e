/** Fills the screen with an element, or gives it back. */
export async function toggleFullScreen(element: HTMLElement | null, film: HTMLVideoElement | null) {
  if (document.fullscreenElement) {
    await document.exitFullscreen();
  } else if (element && "requestFullscreen" in element) {
    await element.requestFullscreen().catch(() => undefined);
  } else {
    // iPhones let only the film itself fill the screen.
    (film as (HTMLVideoElement & { webkitEnterFullscreen?: () => void }) | null)?.webkitEnterFullscreen?.();
  }
}
