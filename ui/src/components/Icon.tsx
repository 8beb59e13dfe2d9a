// Our own line icons on a 24 unit grid; always decoration, the words beside them say it.
const paths = {
  mic: 'M12 4a3 3 0 0 0-3 3v4a3 3 0 0 0 6 0V7a3 3 0 0 0-3-3M6 11a6 6 0 0 0 12 0M12 17v3',
  camera: 'M4 8.5h3.2L9 6h6l1.8 2.5H20V18H4zM12 16a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4',
  upload: 'M12 15.5V5M8 8.5 12 4.6l4 3.9M5 15.5V19h14v-3.5',
  download: 'M12 4.5V15M8 11.5l4 3.9 4-3.9M5 15.5V19h14v-3.5',
  play: 'M8 5.5v13l10.5-6.5z',
  pause: 'M8.5 6v12M15.5 6v12',
  stop: 'M7 7h10v10H7z',
  back5: 'M4.5 12a7.5 7.5 0 1 0 2.6-5.7M7.2 3v3.6h3.6',
  on5: 'M19.5 12a7.5 7.5 0 1 1-2.6-5.7M16.8 3v3.6h-3.6',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  cross: 'M6.5 6.5l11 11M17.5 6.5l-11 11',
  plus: 'M12 5v14M5 12h14',
  minus: 'M5 12h14',
  rotate: 'M19.5 12a7.5 7.5 0 1 1-2.6-5.7M17.2 2.8v3.8h-3.8',
  eye: 'M3 12s3.5-6 9-6 9 6 9 6-3.5 6-9 6-9-6-9-6M12 14.6a2.6 2.6 0 1 0 0-5.2 2.6 2.6 0 0 0 0 5.2',
  home: 'M4 11.2 12 4.6l8 6.6V19.5h-5.4v-5h-5.2v5H4z',
  person: 'M12 11.6a3.6 3.6 0 1 0 0-7.2 3.6 3.6 0 0 0 0 7.2M4.8 19.6c.6-3.6 3.4-5.6 7.2-5.6s6.6 2 7.2 5.6',
  people: 'M9 11.2a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.400M3 19c.5-3.2 2.8-5 6-5s5.5 1.8 6 5M15.5 5.200a3.2 3.2 0 0 1 0 5.800M17.5 14.400c2 .7 3.2 2.3 3.5 4.6',
  list: 'M9 7h11M9 12h11M9 17h11M4.5 7h.01M4.5 12h.01M4.5 17h.01',
  shield: 'M12 3.8 19 6.500v5.200c0 4.2-2.8 7.1-7 8.7-4.2-1.6-7-4.5-7-8.700V6.500z',
  gear: 'M12 15.200a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.400M12 3v3M12 18v3M3 12h3M18 12h3M5.6 5.600l2.2 2.200M16.2 16.200l2.2 2.200M5.6 18.400l2.2-2.200M16.2 7.800l2.2-2.2',
  alert: 'M12 4.5 21 19.500H3zM12 10v4.200M12 16.900h.01',
  question: 'M8.5 9a3.5 3.5 0 1 1 5 3.200c-1 .5-1.5 1.1-1.5 2.300M12 18h.01',
  chevron: 'M9.5 5.5 16 12l-6.5 6.5',
  chevronLeft: 'M14.5 5.5 8 12l6.5 6.5',
  sun: 'M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8M12 2.800v2M12 19.200v2M2.8 12h2M19.2 12h2M5.5 5.500l1.4 1.400M17.1 17.100l1.4 1.400M5.5 18.500l1.4-1.400M17.1 6.900l1.4-1.4',
  moon: 'M19.5 14.200A8 8 0 0 1 9.8 4.500a8 8 0 1 0 9.7 9.7',
  leave: 'M14 5H5.500v14H14M10 12h10M16.8 8.5 20.3 12l-3.5 3.5',
  clock: 'M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16M12 7.500V12l3 2',
  page: 'M6.5 3.800h7.500l3.5 3.500v12.900h-11zM9.5 11h5M9.5 14.500h5',
  trash: 'M5 7h14M9.5 7V4.800h5V7M7 7l.8 12.500h8.400L17 7M10.3 10.500v5.500M13.7 10.500v5.5',
  keyboard: 'M3.5 7h17v10.500h-17zM7 10.500h.01M10.3 10.500h.01M13.7 10.500h.01M17 10.500h.01M8 14.200h8',
  print: 'M7.5 9V4.500h9V9M7.5 16H4.500V9h15v7h-3M7.5 13.500h9v6h-9z',
  pen: 'M5 19l1-4.2L15.8 5l3.2 3.2L9.2 18zM13.6 7.200l3.2 3.200',
  copy: 'M9 9h10.500v10.500H9zM5.500 15H4.500V4.500H15v1',
  undo: 'M8.5 5 4.8 8.700l3.7 3.700M5 8.700h8.500a5.3 5.3 0 0 1 0 10.600H9',
} as const;

export type IconName = keyof typeof paths;
const solid: ReadonlySet<IconName> = new Set(['play', 'stop']);

export function Icon({ name, size = 22 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size} height={size} viewBox="0 0 24 24" aria-hidden="true" focusable="false"
      fill={solid.has(name) ? 'currentColor' : 'none'} stroke="currentColor" strokeWidth={1.9} strokeLinecap="round"
      strokeLinejoin="round" style={{ flex: 'none' }}
    >
      <path d={paths[name]} />
    </svg>
  );
}
