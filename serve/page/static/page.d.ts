// What the page's scripts offer each other, and what the server gives them. Each script is a module
// of its own, so this is all that they share. `make lint-js` checks them against it.

type Square = { x: number; y: number; side: number };
type Choice = { kind: string; value: string | number | null };

/** The origin of the page whose frame may show this one. */
declare const FRAMED_BY: string;

interface Window {
  /** The path under which a proxy offers the server, without a slash at its end. */
  twRoot: string;

  // address.js
  twAddress(values: Record<string, string | number | null>, step?: boolean): void;
  twOpenedTab(name: string): void;
  twShown(tab?: string): void;
  twArrived(): void;

  // picture.js
  twOnChoice(trigger: (choice: Choice) => void): void;
  twChoose(kind: string, value?: string | number | null): void;

  // live.js
  twPixels(source: CanvasImageSource, square: Square): Uint8Array<ArrayBuffer>;
  twBase64(pixels: Uint8Array): string;
  twLive(pixels: Uint8Array<ArrayBuffer>): Promise<void>;
  /** The number of live answers that were shown. */
  twLiveCount?: number;

  // gallery.js
  twShowGallery(element: HTMLElement): void;
  twFilterGallery(values: Record<string, string | null>): void;

  // script.js
  twTemperature(position: string | number): string;
  twOwnAddress(): void;

  // uploads.js
  /** The bytes of files that one request may carry. */
  twPartBytes: number;
}
