export { NewRecordsPage } from "./NewRecordsPage";
export { RecordJobPage } from "./RecordJobPage";
export { RecordsPage } from "./RecordsPage";
