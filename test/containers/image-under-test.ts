/**
 * Runs before each file of container tests: whatever starts containers by itself does so from the image under test.
 */
import { inject } from "vitest";

process.env.SPOOLNET_IMAGE = inject("image");
