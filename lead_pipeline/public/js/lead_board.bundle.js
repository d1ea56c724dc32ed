import { LeadBoard } from "./lead_board/board";

lead_pipeline.LeadBoard = LeadBoard;
