/** Our icons: lines of one weight on a square of 20. All are decoration; the words beside them say it. */
import type { ReactNode } from "react";

export type IconProps = { size?: number };

function icon(name: string, lines: ReactNode): (props: IconProps) => ReactNode {
  const Icon = ({ size = 18 }: IconProps): ReactNode => (
    <svg
      width={size}
      height={size}
      viewBox="0 0 20 20"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.6"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      {lines}
    </svg>
  );
  Icon.displayName = name;
  return Icon;
}

export const TableIcon = icon(
  "TableIcon",
  <>
    <rect x="3" y="4" width="14" height="12" rx="2" />
    <path d="M3 8.3h14M8 8.3V16" />
  </>,
);
export const ModelIcon = icon(
  "ModelIcon",
  <>
    <circle cx="10" cy="4.7" r="1.9" />
    <circle cx="5" cy="15.2" r="1.9" />
    <circle cx="15" cy="15.2" r="1.9" />
    <path d="M10 6.6v3.2m0 0-4 3.7m4-3.7 4 3.7" />
  </>,
);
export const RowsIcon = icon(
  "RowsIcon",
  <>
    <circle cx="7.6" cy="10" r="4.6" />
    <path d="M12.4 5.4a4.6 4.6 0 1 1 0 9.2" strokeDasharray="2 2.2" />
  </>,
);
export const RecordsIcon = icon(
  "RecordsIcon",
  <>
    <path d="M5 3.5h7l3 3v10H5z" />
    <path d="M7.7 9.2h4.6M7.7 12.4h4.6" />
  </>,
);
export const JobsIcon = icon(
  "JobsIcon",
  <>
    <path d="M3.5 5.5h9M3.5 10h13M3.5 14.5h6" />
  </>,
);
export const AdminIcon = icon(
  "AdminIcon",
  <>
    <path d="M10 2.8 16 5v4.6c0 3.7-2.5 6.4-6 7.6-3.5-1.2-6-3.9-6-7.6V5z" />
    <path d="m7.6 9.9 1.8 1.8 3.2-3.4" />
  </>,
);
export const AccountIcon = icon(
  "AccountIcon",
  <>
    <circle cx="10" cy="7" r="3" />
    <path d="M4 16.6c.8-2.9 3.1-4.4 6-4.4s5.2 1.5 6 4.4" />
  </>,
);
export const MenuIcon = icon("MenuIcon", <path d="M3.5 6h13M3.5 10h13M3.5 14h13" />);
export const CloseIcon = icon("CloseIcon", <path d="m5 5 10 10M15 5 5 15" />);
export const PlusIcon = icon("PlusIcon", <path d="M10 4.5v11M4.5 10h11" />);
export const SearchIcon = icon(
  "SearchIcon",
  <>
    <circle cx="9" cy="9" r="4.8" />
    <path d="m12.6 12.6 3.9 3.9" />
  </>,
);
export const UploadIcon = icon(
  "UploadIcon",
  <path d="M10 13V4.2M6.5 7.5 10 4l3.5 3.5M4 13.5v1.3A1.7 1.7 0 0 0 5.7 16.5h8.6a1.7 1.7 0 0 0 1.7-1.7v-1.3" />,
);
export const DownloadIcon = icon(
  "DownloadIcon",
  <path d="M10 4v8.8M6.5 9.5 10 13l3.5-3.5M4 13.5v1.3A1.7 1.7 0 0 0 5.7 16.5h8.6a1.7 1.7 0 0 0 1.7-1.7v-1.3" />,
);
export const MoreIcon = icon(
  "MoreIcon",
  <>
    <circle cx="5" cy="10" r=".6" fill="currentColor" />
    <circle cx="10" cy="10" r=".6" fill="currentColor" />
    <circle cx="15" cy="10" r=".6" fill="currentColor" />
  </>,
);
export const RightIcon = icon("RightIcon", <path d="m8 5 5 5-5 5" />);
export const LeftIcon = icon("LeftIcon", <path d="m12 5-5 5 5 5" />);
export const DownIcon = icon("DownIcon", <path d="m5 8 5 5 5-5" />);
export const CheckIcon = icon("CheckIcon", <path d="m4.5 10.5 3.7 3.7 7.3-8" />);
export const WarnIcon = icon(
  "WarnIcon",
  <>
    <path d="M10 3.5 17.3 16H2.7z" />
    <path d="M10 8.3v3.5M10 13.9v.1" />
  </>,
);
export const StopIcon = icon("StopIcon", <rect x="5" y="5" width="10" height="10" rx="2" />);
export const AgainIcon = icon(
  "AgainIcon",
  <>
    <path d="M16 10a6 6 0 1 1-1.9-4.4" />
    <path d="M16.2 3v3.3h-3.3" />
  </>,
);
export const TrashIcon = icon(
  "TrashIcon",
  <path d="M4 6h12M8.2 6V4.3h3.6V6M5.7 6l.7 9.2a1.3 1.3 0 0 0 1.3 1.2h4.6a1.3 1.3 0 0 0 1.3-1.2L14.3 6" />,
);
export const ShareIcon = icon(
  "ShareIcon",
  <>
    <circle cx="7.5" cy="7.2" r="2.7" />
    <path d="M2.8 15.6c.6-2.5 2.4-3.8 4.7-3.8 1.3 0 2.4.4 3.3 1.2M14.3 11v5M11.8 13.5h5" />
  </>,
);
export const PenIcon = icon("PenIcon", <path d="m4.5 15.5.7-3L13 4.7l2.3 2.3-7.8 7.8z" />);
export const SunIcon = icon(
  "SunIcon",
  <>
    <circle cx="10" cy="10" r="3.2" />
    <path d="M10 2.8v1.4M10 15.8v1.4M2.8 10h1.4M15.8 10h1.4M4.9 4.9l1 1M14.1 14.1l1 1M15.1 4.9l-1 1M5.9 14.1l-1 1" />
  </>,
);
export const MoonIcon = icon(
  "MoonIcon",
  <path d="M16.3 11.7A6.8 6.8 0 1 1 8.3 3.7a5.5 5.5 0 0 0 8 8z" />,
);
export const ScreenIcon = icon(
  "ScreenIcon",
  <>
    <rect x="3" y="4" width="14" height="9.5" rx="1.5" />
    <path d="M7.5 16.5h5" />
  </>,
);
export const LeaveIcon = icon(
  "LeaveIcon",
  <path d="M8.5 4H5.7A1.7 1.7 0 0 0 4 5.7v8.6A1.7 1.7 0 0 0 5.7 16h2.8M12.5 6.8 15.7 10l-3.2 3.2M15.5 10H8" />,
);
export const LockIcon = icon(
  "LockIcon",
  <>
    <rect x="4.5" y="9" width="11" height="7.5" rx="1.8" />
    <path d="M7 9V6.8a3 3 0 0 1 6 0V9" />
  </>,
);
export const ReportIcon = icon(
  "ReportIcon",
  <>
    <path d="M3.5 16.5h13" />
    <path d="M5.5 13.5V10M9 13.5V5M12.5 13.5V8M16 13.5v-2" />
  </>,
);
export const CopyIcon = icon(
  "CopyIcon",
  <>
    <rect x="7" y="7" width="9.5" height="9.5" rx="1.8" />
    <path d="M4.3 12.8A1 1 0 0 1 3.5 12V5.3a1.8 1.8 0 0 1 1.8-1.8H12a1 1 0 0 1 .8.8" />
  </>,
);
export const KeyIcon = icon(
  "KeyIcon",
  <>
    <circle cx="7" cy="13" r="3" />
    <path d="m9.2 10.8 6.3-6.3M13 7l2 2" />
  </>,
);
