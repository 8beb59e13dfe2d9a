const BARS = 240;

/** Peaks of the recording, 0..1, for drawing; null when the browser cannot decode it. */
export async function peaksOf(blob: Blob): Promise<number[] | null> {
  try {
    const context = new OfflineAudioContext(1, 1, 8000);
    const sound = await context.decodeAudioData(await blob.arrayBuffer());
    return peaks(sound.getChannelData(0), BARS);
  } catch {
    return null;
  }
}

export function peaks(samples: Float32Array, bars: number): number[] {
  const result: number[] = [];
  const step = samples.length / bars;
  let most = 0;
  for (let bar = 0; bar < bars; bar += 1) {
    let peak = 0;
    for (let i = Math.floor(bar * step); i < Math.floor((bar + 1) * step); i += 1) peak = Math.max(peak, Math.abs(samples[i] ?? 0));
    result.push(peak);
    most = Math.max(most, peak);
  }
  return most > 0 ? result.map((peak) => peak / most) : result;
}
