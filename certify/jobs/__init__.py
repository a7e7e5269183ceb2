"""Work in the background: certificates are issued by workers, one job by one worker at a time, and jobs outlive them."""
