const shown = new Set(['image/jpeg', 'image/png', 'image/webp']);

/** What every browser can show in an <img>; HEIC, TIFF and PDF are not among it. */
export const browserShows = (mediaType: string) => shown.has(mediaType.split(';')[0]?.trim().toLowerCase() ?? '');

const DARK = 62;

/** True when the picture as a whole is so dark that reading it will probably fail. Only a hint: sending stays possible. */
export async function looksDark(file: Blob): Promise<boolean> {
  try {
    const bitmap = await createImageBitmap(file, { resizeWidth: 48, resizeHeight: 48, resizeQuality: 'low' });
    const canvas = new OffscreenCanvas(48, 48);
    const pen = canvas.getContext('2d');
    if (!pen) return false;
    pen.drawImage(bitmap, 0, 0);
    bitmap.close();
    return meanLightness(pen.getImageData(0, 0, 48, 48).data) < DARK;
  } catch {
    return false;
  }
}

export function meanLightness(rgba: Uint8ClampedArray | number[]): number {
  let sum = 0;
  for (let i = 0; i + 3 < rgba.length; i += 4) {
    sum += 0.299 * (rgba[i] ?? 0) + 0.587 * (rgba[i + 1] ?? 0) + 0.114 * (rgba[i + 2] ?? 0);
  }
  return rgba.length < 4 ? 255 : sum / (rgba.length / 4);
}
